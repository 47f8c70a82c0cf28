import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** How much of the end of an output is looked at, in bytes. */
const END = 8192;

/** What a run's processes have printed, one after the other. */
export function outputFile(folder: string): string {
  return join(folder, 'output.log');
}

/**
 * What a process that failed said at last: its error, else its last line, else its exit code.
 *
 * @param from where in the file its output begins, in bytes: what earlier processes said is not this one's reason
 */
export function lastWords(folder: string, code: number | null, from: number): string {
  const lines = endOf(outputFile(folder), from)
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('(--help'));
  const error = lines.findLast((line) => /^\w*error: /i.test(line));
  const said = (error ?? lines.at(-1))?.replace(/^error: /, '');
  return said === undefined ? `its process ended with exit code ${code}` : said.slice(0, 600);
}

/** The last lines that a run's processes printed; empty where there are none. */
export function lastLines(folder: string, most = 12): string {
  return endOf(outputFile(folder)).trimEnd().split(/\r?\n/).slice(-most).join('\n');
}

/** The end of what was printed, from a byte on; empty where there is nothing. */
function endOf(file: string, from = 0): string {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const { size } = fstatSync(descriptor);
      const bytes = Buffer.alloc(Math.max(0, Math.min(size - from, END)));
      readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString('utf8');
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return '';
  }
}
