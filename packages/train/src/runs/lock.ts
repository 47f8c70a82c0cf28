import type * as Lockfile from 'proper-lockfile';
import { removeTemporaries, writeAtomically } from './files.ts';
import { nodeModules } from './node.ts';
import { isRunning, type ProcessIdentity, thisProcess } from './process-identity.ts';

/** How often the holder of a folder shows that it lives, in milliseconds. */
const BEAT = 5000;
/** After how long without that a holder on another machine counts as gone, in milliseconds. */
const STALE = 60_000;

/** A folder that this process alone writes to. */
export interface FolderLock {
  /** @throws if another process has taken the folder over; nothing may be written to it then. */
  check(): void;
  release(): void;
}

/** Who holds a folder: the content of its `run.lock`. */
interface Holder extends ProcessIdentity {
  readonly id: string;
  /** ISO 8601. */
  readonly since: string;
}

/** Locks that this thread holds, by id; one list however many copies of this package a program has. */
const held: Set<string> = ((globalThis as Record<symbol, unknown>)[
  Symbol.for('@mnet/train locks')
] ??= new Set<string>()) as Set<string>;

/**
 * Takes a folder for writing. Who holds it stands in `run.lock`: a process of this machine holds it while it lives, be
 * it stopped or busy, and loses it by dying; one of another machine by giving no sign of life for a minute.
 *
 * @param dir a folder that is there
 * @throws if another training holds it, or if it cannot be written.
 */
export async function lockFolder(dir: string): Promise<FolderLock> {
  const { path } = nodeModules('run');
  const file = path.join(dir, 'run.lock');
  const id = crypto.randomUUID();
  const leave = await enter(dir, file);
  try {
    const holder = readHolder(file);
    if (holder && isHeld(holder, file)) throw new Error(heldMessage(dir, holder));
    const own: Holder = { id, ...thisProcess(), since: new Date().toISOString() };
    removeTemporaries([file]);
    writeAtomically(file, [`${JSON.stringify(own)}\n`]);
    held.add(id);
  } finally {
    await leave();
  }
  return hold(dir, file, id);
}

function hold(dir: string, file: string, id: string): FolderLock {
  const { fs } = nodeModules('run');
  const own = (): boolean => readHolder(file)?.id === id;
  const beat = setInterval(() => {
    try {
      if (own()) fs.utimesSync(file, new Date(), new Date());
    } catch {
      // The next one may do; and each write looks for itself.
    }
  }, BEAT);
  beat.unref();
  return {
    check() {
      if (own()) return;
      const other = readHolder(file);
      const by = other ? `process ${other.pid} on ${other.place}` : 'someone who removed its lock';
      throw new Error(
        `run: '${dir}' was taken over by ${by}; this training has stopped and writes nothing more to it`,
      );
    },
    release() {
      clearInterval(beat);
      held.delete(id);
      try {
        if (own()) fs.rmSync(file);
      } catch {
        // A lock that stays behind is void: this process no longer counts it as its own.
      }
    },
  };
}

/** Waits until no other process is taking the folder or looking who holds it; a matter of milliseconds. */
async function enter(dir: string, file: string): Promise<() => Promise<void>> {
  const { lock } = await loadLockfile();
  try {
    const leave = await lock(dir, {
      realpath: false,
      lockfilePath: `${file}.gate`,
      stale: 5000,
      retries: { retries: 100, factor: 1, minTimeout: 50, maxTimeout: 150, randomize: true },
      // Whoever came in too early is found out by check().
      onCompromised: () => {},
    });
    return () => leave().catch(() => {});
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ELOCKED') {
      throw new Error(`run: '${dir}' is being opened by another process; try again`, {
        cause: error,
      });
    }
    throw new Error(`run: '${dir}' cannot be written: ${message}`, { cause: error });
  }
}

/** Loads proper-lockfile where a run is written, so that bundles for the browser need not contain it. */
async function loadLockfile(): Promise<typeof Lockfile> {
  const name = 'proper-lockfile';
  const loadedBefore = '__signal_exit_emitter__' in process;
  // A name in a variable is nothing that a bundler resolves.
  const module = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
  if (!loadedBefore) stopListening(name);
  return module.default ?? module;
}

/**
 * Takes back that loading it listens to signals, in order to remove locks: it ends the process where it is the last to
 * listen, which it also is beside `process.once('SIGINT', abort)`. Here a lock is held for milliseconds, and one that
 * stays is void after seconds. Where another package listens in the same way already, that stays.
 */
function stopListening(name: string): void {
  const { createRequire } = nodeModules('run');
  try {
    const file = createRequire(import.meta.url).resolve(name);
    createRequire(file)('signal-exit').unload();
  } catch {
    // In a bundle for Node there is nothing to resolve.
  }
}

function readHolder(file: string): Holder | undefined {
  const { fs } = nodeModules('run');
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    // It is written whole, so what is not JSON is not ours.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) {
      return undefined;
    }
    throw new Error(`${file}: could not be read: ${(error as Error).message}`, { cause: error });
  }
}

function isHeld(holder: Holder, file: string): boolean {
  const here = thisProcess();
  const running = isRunning(holder);
  if (running === undefined) {
    const { fs } = nodeModules('run');
    return Date.now() - fs.statSync(file).mtimeMs < STALE;
  }
  const sameThread = holder.pid === here.pid && holder.thread === here.thread;
  return running && (!sameThread || held.has(holder.id));
}

function heldMessage(dir: string, { id, pid, place, since }: Holder): string {
  const who = held.has(id) ? 'another training of this process' : `process ${pid} on ${place}`;
  const hint =
    isRunning({ pid, thread: 0, place }) === undefined
      ? ' (if that is gone, a minute after its last sign of life)'
      : '';
  return `run: '${dir}' is in use by ${who}, since ${since}; wait for its end${hint}, or take another folder`;
}
