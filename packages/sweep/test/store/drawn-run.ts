import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

// A run's folder written in the order in which a training writes it, without one: an epoch's line goes to the log, then its
// checkpoint comes and the oldest of three goes.

/** The epochs whose lines a log has. */
export function epochsOf(folder: string): number[] {
  const log = join(folder, 'log.jsonl');
  if (!existsSync(log)) return [];
  const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line).epoch as number);
}

/** The epochs of the checkpoints, the last one at the end. */
export function checkpointsOf(folder: string): number[] {
  const checkpoints = join(folder, 'checkpoints');
  if (!existsSync(checkpoints)) return [];
  const names = readdirSync(checkpoints).filter((name) => name.endsWith('.safetensors'));
  return names.toSorted().map((name) => Number(name.slice(6, 10)));
}

/** Whole, but not flushed to the disk: nothing here loses power. */
function replace(path: string, content: string | Uint8Array): void {
  writeFileSync(`${path}.0a.tmp`, content);
  renameSync(`${path}.0a.tmp`, path);
}

/** What the checkpoint of an epoch holds. */
export function checkpointContent(epoch: number, size: number): Buffer {
  return Buffer.alloc(size, `weights of epoch ${epoch};`);
}

/** Does the next epoch. @param size of a checkpoint, in bytes */
export function nextEpoch(folder: string, size = 2000): number {
  const epoch = (checkpointsOf(folder).at(-1) ?? 0) + 1;
  mkdirSync(join(folder, 'checkpoints'), { recursive: true });
  const config = join(folder, 'config.json');
  if (!existsSync(config)) replace(config, '{"options":{}}\n');
  appendFileSync(join(folder, 'log.jsonl'), `${JSON.stringify({ event: 'epoch', epoch })}\n`);
  replace(join(folder, 'metrics.csv'), `epoch\n${epoch}\n`);
  const name = (n: number): string =>
    join(folder, 'checkpoints', `epoch-${String(n).padStart(4, '0')}-step-000001.safetensors`);
  replace(name(epoch), checkpointContent(epoch, size));
  for (const old of checkpointsOf(folder).slice(0, -2)) rmSync(name(old), { force: true });
  return epoch;
}

/** All files below a folder with their contents, to be compared. */
export function contentsOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  return Object.fromEntries(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'latin1')]),
  );
}
