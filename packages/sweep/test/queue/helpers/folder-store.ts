import {
  copyFile,
  cp,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectStore, StoredFile } from '../../../src/store/object-store.ts';
import type { RunArchive, RunOutcome, Snapshot } from '../../../src/store/run-archive.ts';
import type { RunPlace } from '../../../src/queue/names.ts';

/** A store in a folder, as small as tests need it. */
export class FolderStore implements ObjectStore {
  readonly place: string;
  /** Whether nothing can be written, as where the disk is full. */
  full = false;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.place = folder;
  }

  async put(
    key: string,
    content: string | Uint8Array,
    { ifAbsent = false }: { ifAbsent?: boolean } = {},
  ): Promise<boolean> {
    const path = this.#path(key);
    this.#room(key);
    await mkdir(dirname(path), { recursive: true });
    const part = `${path}.${crypto.randomUUID()}.part`;
    await writeFile(part, content);
    if (!ifAbsent) {
      await rename(part, path);
      return true;
    }
    try {
      await link(part, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(part);
    }
  }

  async putFile(key: string, path: string): Promise<void> {
    this.#room(key);
    await mkdir(dirname(this.#path(key)), { recursive: true });
    await copyFile(path, this.#path(key));
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return readFile(this.#path(key)).catch(absent);
  }

  async getFile(key: string, path: string): Promise<boolean> {
    if (!(await this.has(key))) return false;
    await copyFile(this.#path(key), path);
    return true;
  }

  async has(key: string): Promise<boolean> {
    return (await stat(this.#path(key)).catch(absent)) !== undefined;
  }

  async *list(prefix: string): AsyncIterable<StoredFile> {
    const names = (await readdir(this.#folder, { recursive: true })).toSorted();
    for (const key of names) {
      if (!key.startsWith(prefix) || key.endsWith('.part')) continue;
      const info = await stat(this.#path(key)).catch(absent);
      if (info?.isFile()) yield { key, bytes: info.size };
    }
  }

  async remove(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  async close(): Promise<void> {}

  /** A run's archive in it. */
  readonly archive = ({ study, run, digest }: RunPlace): RunArchive => {
    const prefix = `archives/${study}/${run}=${digest.slice(0, 12)}`;
    return new FolderArchive(this, join(this.#folder, prefix), prefix);
  };

  #path(key: string): string {
    return join(this.#folder, key);
  }

  #room(key: string): void {
    if (this.full) throw new Error(`store ${this.place}: ${key}: no space left`);
  }
}

class FolderArchive implements RunArchive {
  readonly #store: FolderStore;
  readonly #folder: string;
  readonly #key: string;

  constructor(store: FolderStore, folder: string, key: string) {
    this.#store = store;
    this.#folder = folder;
    this.#key = key;
  }

  async save(folder: string, at: Snapshot): Promise<void> {
    if (this.#store.full) throw new Error(`store ${this.#store.place}: no space left`);
    const pad = (number: number): string => String(number).padStart(6, '0');
    const name = `e${pad(at.epoch)}-a${pad(at.attempt)}-n${pad(at.number)}`;
    const snapshots = join(this.#folder, 'snapshots');
    await mkdir(snapshots, { recursive: true });
    const part = join(snapshots, `.part-${crypto.randomUUID()}`);
    await cp(folder, part, { recursive: true });
    await writeFile(join(part, '.at.json'), JSON.stringify(at));
    await rename(part, join(snapshots, name));
  }

  async restore(folder: string): Promise<Snapshot | undefined> {
    const names = await readdir(join(this.#folder, 'snapshots')).catch(() => []);
    const newest = names
      .filter((name) => name.startsWith('e'))
      .toSorted()
      .at(-1);
    if (newest === undefined) return undefined;
    await cp(join(this.#folder, 'snapshots', newest), folder, { recursive: true });
    const at = join(folder, '.at.json');
    const snapshot = JSON.parse(await readFile(at, 'utf8')) as Snapshot;
    await rm(at);
    return snapshot;
  }

  async end(outcome: RunOutcome): Promise<RunOutcome> {
    await this.#store.put(`${this.#key}/outcome.json`, JSON.stringify(outcome), { ifAbsent: true });
    return (await this.outcome())!;
  }

  async outcome(): Promise<RunOutcome | undefined> {
    const bytes = await this.#store.get(`${this.#key}/outcome.json`);
    return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as RunOutcome);
  }
}

function absent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  return undefined;
}
