import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { writeWholeSync } from '@mnet/core/files';
import { runPaths } from '@mnet/train';

/** A command that has made trainings of a row, or has gone on with them. */
interface Begun {
  /** When it was begun, ISO 8601. */
  readonly time: string;
  /** Whether it was told that nothing else ran on the machine. */
  readonly alone: boolean;
}

/** The file of a row's folder of runs that has its commands, the first one first. */
const commandsFile = 'commands.json';

function commandsOf(dir: string): Begun[] {
  const file = join(dir, commandsFile);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Begun[]) : [];
}

/** Notes that a command begins to make a row, or to go on with it. */
export function noteCommand(dir: string, alone: boolean): void {
  const all = [...commandsOf(dir), { time: new Date().toISOString(), alone }];
  writeWholeSync(join(dir, commandsFile), `${JSON.stringify(all, null, 1)}\n`);
}

/** Whether a row's folder has more than the commands that were to make it. */
export function isBegun(dir: string): boolean {
  return existsSync(dir) && readdirSync(dir).some((name) => name !== commandsFile);
}

/**
 * The folders of all trainings in a row's folder, also of those that have no result yet.
 *
 * @param seeds only those from these, and those that all seeds share
 */
export function trainingsIn(dir: string, seeds?: readonly number[]): string[] {
  if (!existsSync(dir)) return [];
  const log = basename(runPaths(dir).log);
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' });
  const folders = files.filter((file) => basename(file) === log).map((file) => dirname(file));
  return folders.filter((folder) => {
    const [, seed] = /seed-(\d+)/.exec(folder) ?? [];
    return seed === undefined || seeds === undefined || seeds.includes(Number(seed));
  });
}

/**
 * Refuses seconds of trainings beside which something else may have run.
 *
 * @param folders of the trainings, within the row's folder
 * @throws where a part of one was made by a command without `--alone`, or by none that is noted
 */
export function checkAlone(name: string, dir: string, folders: readonly string[]): void {
  const commands = commandsOf(dir);
  const beside = folders.filter((folder) =>
    beginningsOf(join(dir, folder)).some(
      (time) => !commands.findLast((command) => command.time <= time)?.alone,
    ),
  );
  if (beside.length === 0) return;
  throw new Error(
    `--alone: got it with ${name}: ${beside.join(', ')}, of which a command without it, or one that is not noted, has made some or all; leave it out, or make the row in another --runs`,
  );
}

/** When a training was begun, and each time that it went on. */
function beginningsOf(run: string): string[] {
  const log = readFileSync(runPaths(run).log, 'utf8');
  const lines = log.matchAll(/^\{"event":"(?:start|resume)","time":"(?<time>[^"]+)"/gm);
  return [...lines].map(({ groups }) => groups?.['time'] as string);
}
