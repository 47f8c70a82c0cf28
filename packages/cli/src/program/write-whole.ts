import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a text to a temporary name beside `path` and renames it, so that no half-written file is ever there.
 * Missing folders are made.
 *
 * @throws if the file cannot be written
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    try {
      await writeFile(temporary, text);
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  } catch (error) {
    throw new Error(`${path}: could not be written: ${(error as Error).message}`, { cause: error });
  }
}
