import { FileError, nodeModules, withLock, writeWholeSync } from '@mnet/core/files';
import { removeTemporaries } from './files.ts';
import { isRunning, type ProcessIdentity, thisProcess } from '@mnet/core/process';

/** How often the holder of a folder shows that it lives, in milliseconds. */
const BEAT = 5000;
/** After how long without that a holder on another machine counts as gone, in milliseconds. */
const STALE = 60_000;
/** How long the gate before the lock is waited for, in milliseconds: longer than a killed process keeps it. */
const PATIENCE = 20_000;

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
  const take = (): void => {
    const holder = readHolder(file);
    if (holder && isHeld(holder, file)) throw new Error(heldMessage(dir, holder));
    const own: Holder = { id, ...thisProcess(), since: new Date().toISOString() };
    removeTemporaries([file]);
    writeWholeSync(file, `${JSON.stringify(own)}\n`);
    held.add(id);
  };
  // Nobody else takes the folder meanwhile, or looks who holds it; a matter of milliseconds. Whoever came in too early
  // nevertheless is found out by check().
  const gate = `${file}.gate`;
  try {
    await withLock(gate, { poll: 100, patience: PATIENCE }, async () => take());
  } catch (error) {
    if (!(error instanceof FileError && error.path === gate)) throw error;
    throw new Error(
      error.code === 'lock'
        ? `run: '${dir}' is being opened by another process; try again`
        : `run: '${dir}' cannot be written: ${error.message}`,
      { cause: error },
    );
  }
  return hold(dir, file, id);
}

/** Whether a training has a folder open; false where it is not to be told. */
export function isHeldFolder(dir: string): boolean {
  const file = nodeModules('run').path.join(dir, 'run.lock');
  try {
    const holder = readHolder(file);
    return holder !== undefined && isHeld(holder, file);
  } catch {
    return false;
  }
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
