import { nodeModules, targetOfTemporary } from '@mnet/core/files';

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
      if (names.includes(targetOfTemporary(found) ?? '')) fs.rmSync(path.join(dir, found));
    }
  }
}
