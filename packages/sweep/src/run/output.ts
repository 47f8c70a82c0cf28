import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** How much of the end of an output is looked at, in bytes. */
const END = 8192;

/** What a run's processes have printed, one after the other. */
export function outputFile(folder: string): string {
  return join(folder, 'output.log');
}

/** What a process that failed said at last: its error, else its last line, else its exit code. */
export function lastWords(folder: string, code: number | null): string {
  const lines = endOf(outputFile(folder))
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

/** The end of what was printed; empty where there is nothing. */
function endOf(file: string): string {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const { size } = fstatSync(descriptor);
      const bytes = Buffer.alloc(Math.min(size, END));
      readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString('utf8');
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return '';
  }
}
