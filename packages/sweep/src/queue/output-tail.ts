import { open } from 'node:fs/promises';

/** Of a file that may be long, what is read of its end. */
const bytes = 4096;
const lines = 12;

/** The last lines of what a process printed; empty where there is none. */
export async function outputTail(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - bytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    return buffer.toString('utf8', 0, bytesRead).trimEnd().split(/\r?\n/).slice(-lines).join('\n');
  } finally {
    await file.close();
  }
}
