import { nodeModules } from './node.ts';

/**
 * Writes a file so that a reader, or a later run after a crash, sees the old content or the new one, never a
 * part: a temporary name in the same folder, flushed to disk, then renamed.
 */
export function writeAtomically(file: string, parts: readonly (string | Uint8Array)[]): void {
  const { fs } = nodeModules('run');
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const descriptor = fs.openSync(temporary, 'w');
    try {
      for (const part of parts) {
        const bytes = typeof part === 'string' ? new TextEncoder().encode(part) : part;
        for (let at = 0; at < bytes.length; ) {
          at += fs.writeSync(descriptor, bytes, at, bytes.length - at);
        }
      }
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, file);
  } catch (error) {
    try {
      fs.rmSync(temporary, { force: true });
    } catch {
      // A parent that is a file: nothing was written, and the first error is the one to tell.
    }
    throw new Error(`${file}: could not be written: ${(error as Error).message}`, { cause: error });
  }
}

/** Appends one line in one write. */
export function appendLine(file: string, line: string): void {
  const { fs } = nodeModules('run');
  try {
    fs.appendFileSync(file, `${line}\n`);
  } catch (error) {
    throw new Error(`${file}: could not be written: ${(error as Error).message}`, { cause: error });
  }
}

/** Cuts off a last line that a killed process left without its end. */
export function cutTornLine(file: string): void {
  const { fs } = nodeModules('run');
  if (!fs.existsSync(file)) return;
  const bytes = fs.readFileSync(file);
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) fs.truncateSync(file, end);
}

/** Removes what a process that was killed while writing left of these files. */
export function removeTemporaries(files: readonly string[]): void {
  const { fs, path } = nodeModules('run');
  for (const dir of new Set(files.map((file) => path.dirname(file)))) {
    if (!fs.existsSync(dir)) continue;
    const names = files.map((file) => path.basename(file));
    for (const found of fs.readdirSync(dir)) {
      const [, name = ''] = /^(.+)\.\d+\.tmp$/.exec(found) ?? [];
      if (names.includes(name)) fs.rmSync(path.join(dir, found));
    }
  }
}
