import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FileError, fileSystemError, kindOf, renameFlushed } from '@mnet/core/files';
import { eachAtOnce } from '../at-once.ts';
import type { ObjectStore } from './object-store.ts';
import type { RunArchive, RunOutcome, Snapshot } from './run-archive.ts';
import { filesOfRun, isGone, type KnownFiles, type RunFile } from './run-files.ts';
import { newestFirst, type RunKeys, runKeys, snapshotOf } from './run-layout.ts';
import { decodeManifest, encodeManifest, type RunManifest } from './run-manifest.ts';
import { checkOutcome, decodeOutcome } from './run-outcome.ts';
import { nameOf, StoreError } from './store-error.ts';

/** How a run's archive is watched. */
export interface RunArchiveOptions {
  /** Told of snapshots that are passed over, and of old ones that could not be removed. */
  readonly warn?: (message: string) => void;
}

/** Snapshots of an attempt that are kept: another may be reading the one before the last. */
const KEEP = 2;
/** Files that are sent or fetched at once. */
const AT_ONCE = 4;
/** How often a folder is read again whose files were replaced meanwhile. */
const TRIES = 10;

/**
 * The archive of one run in a store.
 *
 * @param study the study's name, @param run the run's id in it: each a part of a key
 * @throws TypeError for names that a store cannot hold
 */
export function runArchive(
  store: ObjectStore,
  study: string,
  run: string,
  { warn = () => {} }: RunArchiveOptions = {},
): RunArchive {
  return new StoredRun(store, runKeys(study, run), warn);
}

/** What this attempt has in the store. */
interface Own {
  readonly attempt: number;
  readonly blobs: Set<string>;
  /** Its snapshots with the blobs that they have; not known yet of those that another process saved. */
  readonly snapshots: Map<string, ReadonlySet<string> | undefined>;
}

class StoredRun implements RunArchive {
  readonly #store: ObjectStore;
  readonly #keys: RunKeys;
  readonly #warn: (message: string) => void;
  readonly #known: KnownFiles = new Map();
  #own: Own | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(store: ObjectStore, keys: RunKeys, warn: (message: string) => void) {
    this.#store = store;
    this.#keys = keys;
    this.#warn = warn;
  }

  save(folder: string, at: Snapshot): Promise<void> {
    const saved = this.#last.then(() => this.#save(resolve(folder), at));
    this.#last = saved.catch(() => {});
    return saved;
  }

  async restore(
    folder: string,
    only: (path: string) => boolean = () => true,
  ): Promise<Snapshot | undefined> {
    const target = resolve(folder);
    await mustBeFree(target);
    const first = (await this.outcome())?.attempt;
    const tried = new Set<string>();
    for (;;) {
      // Looked up each time: while one was read, its attempt may have written another and removed it.
      const found: { key: string; at: Snapshot }[] = [];
      for await (const { key } of this.#store.list(this.#keys.snapshots)) {
        const at = snapshotOf(key);
        if (at && !tried.has(key)) found.push({ key, at });
      }
      const ended = (at: Snapshot): number => (at.attempt === first ? 0 : 1);
      found.sort((a, b) => ended(a.at) - ended(b.at) || newestFirst(a.at, b.at));
      const newest = found[0];
      if (!newest) return undefined;
      tried.add(newest.key);
      const manifest = await this.#manifest(newest.key, newest.at);
      if (!manifest) continue;
      const files = manifest.files.filter(({ path }) => only(path));
      if (await this.#fetch({ ...manifest, files }, target)) return newest.at;
    }
  }

  async end(outcome: RunOutcome): Promise<RunOutcome> {
    checkOutcome(outcome);
    await this.#store.put(this.#keys.outcome, `${JSON.stringify(outcome)}\n`, { ifAbsent: true });
    const stands = await this.outcome();
    if (stands) return stands;
    throw new StoreError(
      'io',
      nameOf(this.#store.place, this.#keys.outcome),
      'was written and is not there',
      { retriable: true },
    );
  }

  async outcome(): Promise<RunOutcome | undefined> {
    const content = await this.#store.get(this.#keys.outcome);
    return content && decodeOutcome(content, nameOf(this.#store.place, this.#keys.outcome));
  }

  async #save(folder: string, at: Snapshot): Promise<void> {
    const own = await this.#ownOf(at.attempt);
    for (let tries = 1; ; tries++) {
      const files = await filesOfRun(folder, this.#known);
      const stored = files && (await this.#send(files, own));
      if (stored) {
        const listed = stored.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 }));
        const manifest = { ...at, files: listed };
        const key = this.#keys.snapshot(at);
        await this.#store.put(key, encodeManifest(manifest));
        own.snapshots.set(key, blobsIn(manifest));
        break;
      }
      if (tries === TRIES) {
        const what = 'its checkpoints are replaced faster than they can be stored';
        throw new StoreError('changed', folder, what, { retriable: true });
      }
    }
    try {
      await this.#prune(own);
    } catch (error) {
      // The snapshot is there; what is left is removed after the next one.
      this.#warn(`old snapshots stay: ${(error as Error).message}`);
    }
  }

  /** Sends what is not there yet. @returns the files that were there to be sent; undefined where that is no snapshot */
  async #send(files: readonly RunFile[], own: Own): Promise<RunFile[] | undefined> {
    const gone = new Set<RunFile>();
    const sent = new Map<string, RunFile>();
    for (const file of files) if (!own.blobs.has(file.sha256)) sent.set(file.sha256, file);
    await eachAtOnce(sent.values(), AT_ONCE, async (file) => {
      const { content, bytes, sha256 } = file;
      const key = this.#keys.blob(own.attempt, sha256);
      try {
        if (content instanceof Uint8Array) await this.#store.put(key, content);
        else await this.#store.putFile(key, content.file, { sha256, bytes });
        own.blobs.add(sha256);
      } catch (error) {
        const replaced = error instanceof StoreError && error.code === 'changed';
        if (!replaced && !isGone(error)) throw error;
        gone.add(file);
      }
    });
    // A checkpoint that was removed is not missed where a newer one is there: the first of them is the newest.
    const newest = files.find(({ path }) => path.startsWith('checkpoints/'));
    for (const file of gone) {
      if (!file.path.startsWith('checkpoints/') || file === newest) return undefined;
    }
    return files.filter(({ sha256 }) => own.blobs.has(sha256));
  }

  /** What an attempt has in the store already, where another process began it. */
  async #ownOf(attempt: number): Promise<Own> {
    if (this.#own?.attempt === attempt) return this.#own;
    const own: Own = { attempt, blobs: new Set(), snapshots: new Map() };
    const prefix = this.#keys.blobsOf(attempt);
    for await (const { key } of this.#store.list(prefix)) own.blobs.add(key.slice(prefix.length));
    for await (const { key } of this.#store.list(this.#keys.snapshotsOf(attempt))) {
      if (snapshotOf(key)) own.snapshots.set(key, undefined);
    }
    this.#own = own;
    return own;
  }

  /**
   * Removes old snapshots of this attempt, then the blobs that none has: where it is killed on the way, blobs are left that the next
   * save removes, and never a snapshot without its blobs.
   */
  async #prune(own: Own): Promise<void> {
    const newest = [...own.snapshots.keys()].toSorted((a, b) =>
      newestFirst(snapshotOf(a) as Snapshot, snapshotOf(b) as Snapshot),
    );
    for (const key of newest.slice(KEEP)) {
      await this.#store.remove(key);
      own.snapshots.delete(key);
    }
    const used = new Set<string>();
    for (const [key, blobs] of own.snapshots) {
      const manifest = blobs ?? (await this.#blobsOf(key));
      own.snapshots.set(key, manifest);
      for (const blob of manifest) used.add(blob);
    }
    const unused = [...own.blobs].filter((blob) => !used.has(blob));
    await eachAtOnce(unused, AT_ONCE, async (blob) => {
      // Before it is removed: if that fails midway, it is sent again rather than counted on.
      own.blobs.delete(blob);
      await this.#store.remove(this.#keys.blob(own.attempt, blob));
    });
  }

  async #blobsOf(key: string): Promise<ReadonlySet<string>> {
    const manifest = await this.#manifest(key, snapshotOf(key) as Snapshot);
    return manifest ? blobsIn(manifest) : new Set();
  }

  async #manifest(key: string, at: Snapshot): Promise<RunManifest | undefined> {
    try {
      const content = await this.#store.get(key);
      return content && decodeManifest(content, at);
    } catch (error) {
      if (error instanceof StoreError && error.code !== 'damaged') throw error;
      this.#warn(`${nameOf(this.#store.place, key)} is passed over: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** Writes a snapshot's files to a folder that appears when all of them are there. @returns whether they were */
  async #fetch({ attempt, number, files }: RunManifest, target: string): Promise<boolean> {
    await removeUnfinished(target);
    const temporary = unfinished(target);
    try {
      await fs.mkdir(temporary, { recursive: true });
      await eachAtOnce(files, AT_ONCE, async ({ path, sha256 }) => {
        const key = this.#keys.blob(attempt, sha256);
        if (await this.#store.getFile(key, join(temporary, path), { sha256 })) return;
        throw new StoreError('damaged', nameOf(this.#store.place, key), 'is not there', {
          retriable: false,
        });
      });
      // Where the target is there, it is empty.
      await fs.rmdir(target).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
      await renameFlushed(temporary, target);
      return true;
    } catch (error) {
      await fs.rm(temporary, { recursive: true, force: true });
      if (!(error instanceof StoreError && error.code === 'damaged')) {
        throw fileSystemError(error, target, 'restoring a run');
      }
      this.#warn(`snapshot ${number} of attempt ${attempt} is passed over: ${error.message}`);
      return false;
    }
  }
}

function blobsIn({ files }: RunManifest): ReadonlySet<string> {
  return new Set(files.map(({ sha256 }) => sha256));
}

async function mustBeFree(target: string): Promise<void> {
  const kind = await kindOf(target);
  if (kind === undefined) return;
  if (kind === 'folder' && (await fs.readdir(target)).length === 0) return;
  throw new FileError('io', target, 'is there, takes a folder that is not there or empty');
}

const UNFINISHED = '.restoring-';

function unfinished(target: string): string {
  return join(dirname(target), `.${basename(target)}${UNFINISHED}${randomUUID().slice(-12)}`);
}

/** Removes what a killed process left while it restored to this folder. */
async function removeUnfinished(target: string): Promise<void> {
  const names = await fs.readdir(dirname(target)).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(`.${basename(target)}${UNFINISHED}`)) continue;
    await fs.rm(join(dirname(target), name), { recursive: true, force: true });
  }
}
