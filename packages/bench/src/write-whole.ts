/**
 * Writes a text to a temporary name beside `path` and renames it, so that no half-written file is ever there.
 * Missing folders are made.
 *
 * @throws if the file cannot be written, and where there is no Node.js
 */
export function writeWhole(path: string, text: string): void {
  // Asked for at the call and without an import, so that bundles for browsers may carry this file.
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  if (typeof process?.getBuiltinModule !== 'function') {
    throw new Error(`${path}: could not be written: files need Node.js 20.19 or newer`);
  }
  const { mkdirSync, renameSync, rmSync, writeFileSync } = process.getBuiltinModule('node:fs');
  const paths = process.getBuiltinModule('node:path');
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(paths.dirname(path), { recursive: true });
    try {
      writeFileSync(temporary, text);
      renameSync(temporary, path);
    } finally {
      rmSync(temporary, { force: true });
    }
  } catch (error) {
    throw new Error(`${path}: could not be written: ${(error as Error).message}`, { cause: error });
  }
}
