import { nodeModules } from '@mnet/core/files';

/** TensorBoard looks for files whose name holds this, and reads a folder's in the order of their names. */
const NAME = /^events\.out\.tfevents\.(\d+)/;

/** The files of TensorFlow's events in a folder, in the order in which they are read. */
export function eventFiles(dir: string): string[] {
  const { fs, path } = nodeModules('tensorBoard');
  if (!fs.existsSync(dir)) return [];
  const names = fs.readdirSync(dir).filter((name) => NAME.test(name));
  return names.toSorted().map((name) => path.join(dir, name));
}

/** A name for one more, which comes after those that are there, whatever the clock says: `events.out.tfevents.1764300000.mnet.4711`. */
export function eventFileName(dir: string): string {
  const { path } = nodeModules('tensorBoard');
  const seconds = eventFiles(dir).map((file) => Number(NAME.exec(path.basename(file))?.[1]));
  const next = Math.max(Math.floor(Date.now() / 1000), ...seconds.map((second) => second + 1));
  return `events.out.tfevents.${String(next).padStart(10, '0')}.mnet.${process.pid}`;
}

/** Removes them, as a run does that replaces another. */
export function removeEventFiles(dir: string): void {
  const { fs } = nodeModules('tensorBoard');
  for (const file of eventFiles(dir)) fs.rmSync(file, { force: true });
}
