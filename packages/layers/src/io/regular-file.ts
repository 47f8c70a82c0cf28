import type { Stats } from 'node:fs';
import type * as NodeFs from 'node:fs/promises';

/**
 * What is known of a file, before it is opened: to open a pipe may wait for ever, and a device has no end.
 *
 * @throws an error that says what stands there, if it is no file, or why it cannot be known
 */
export async function regularFile(fs: typeof NodeFs, path: string): Promise<Stats> {
  const stats = await fs.stat(path);
  if (!stats.isFile()) throw new Error(`it is ${kindOf(stats)}, takes a file`);
  return stats;
}

/** A file's text; none where there is no file or it cannot be read. */
export async function textIfAny(fs: typeof NodeFs, path: string): Promise<string> {
  try {
    await regularFile(fs, path);
    return await fs.readFile(path, 'utf8');
  } catch {
    return '';
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}
