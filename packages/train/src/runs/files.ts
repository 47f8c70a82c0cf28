import { FileError, fileSystemError, nodeModules, targetOfTemporary } from '@mnet/core/files';

/**
 * Appends one line in one write.
 *
 * @throws FileError that names the file; no part of the line stays, which the next one would follow
 */
export function appendLine(file: string, line: string): void {
  const { fs } = nodeModules('run');
  try {
    fs.appendFileSync(file, `${line}\n`);
  } catch (error) {
    try {
      cutTornLine(file);
    } catch {
      // Whoever opens the run cuts it; the first error is the one to tell.
    }
    const told = fileSystemError(error, file, 'writing');
    const code = told instanceof FileError ? told.code : 'io';
    const what = `could not be written: ${(error as Error).message}`;
    throw new FileError(code, file, what, { cause: error });
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
