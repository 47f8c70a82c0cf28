import { nodeModules } from '../files/node.ts';

/** One thread of one process, so that another process can tell whether it is still there. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly thread: number;
  /** The machine, or the container on it: where `pid` means something. */
  readonly place: string;
  /** When the process started, in the clock ticks of Linux; a number that is used again belongs to another. */
  readonly started?: string;
}

/** This process. */
export function thisProcess(): ProcessIdentity {
  const { started } = look(process.pid) ?? {};
  return {
    pid: process.pid,
    thread: nodeModules('identity of a process').threads.threadId,
    place: place(),
    ...(started === undefined ? {} : { started }),
  };
}

/** Whether a process is there: undefined of one in another place, where only its signs of life tell. */
export function isRunning({ pid, place: where, started }: ProcessIdentity): boolean | undefined {
  if (where !== place()) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const found = look(pid);
  if (!found) return true;
  return !found.ended && (started === undefined || started === found.started);
}

/** The host, and on Linux its namespace of process numbers, of which each container has one. */
function place(): string {
  const { fs, os } = nodeModules('identity of a process');
  try {
    return `${os.hostname()} ${fs.readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return os.hostname();
  }
}

/**
 * What Linux says of a process; undefined elsewhere. A killed one stays in its table until its parent asks for it.
 *
 * Source: proc_pid_stat(5), fields 3 (state) and 22 (starttime)
 */
function look(pid: number): { ended: boolean; started: string } | undefined {
  let stat: string;
  try {
    stat = nodeModules('identity of a process').fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { ended: 'ZXx'.includes(fields[0] ?? ''), started: fields[19] ?? '' };
}
