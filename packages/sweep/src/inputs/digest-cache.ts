import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { readWhole, sha256, writeWhole } from '@mnet/core/files';
import { isSha256 } from '../store/file-list.ts';

/**
 * Files that changed less than this before they were read are not noted, in milliseconds: they may change again within the same tick of a
 * clock, or be lost with the machine's power before they are on its disk.
 */
const SETTLED = 60_000;
const FORMAT = 1;

/** Digests of the files of one folder that were read before, by path, size and times. */
export interface DigestCache {
  /** The digest of a file that has not changed since. */
  find(path: string, stats: Stats): string | undefined;
  /** @param begun when it began to be read, in milliseconds since 1970 */
  note(path: string, stats: Stats, hash: string, begun: number): void;
  /** Writes what was noted. */
  flush(): Promise<void>;
}

/** The cache for a file or folder. @param cache the folder where caches are; without one nothing is kept */
export async function digestCache(root: string, cache: string | undefined): Promise<DigestCache> {
  if (cache === undefined) return { find: () => undefined, note: () => {}, flush: async () => {} };
  const file = join(cache, 'digests', `${sha256([root]).slice(0, 32)}.json`);
  const known = await read(file, root);
  const used = new Map<string, string>();
  let changed = false;
  return {
    find(path, stats) {
      const line = known.get(path);
      const signature = signatureOf(stats);
      if (!line?.startsWith(`${signature} `)) return undefined;
      used.set(path, line);
      return line.slice(signature.length + 1);
    },
    note(path, stats, hash, begun) {
      if (begun - Math.max(stats.mtimeMs, stats.ctimeMs) < SETTLED) return;
      changed = true;
      used.set(path, `${signatureOf(stats)} ${hash}`);
    },
    async flush() {
      if (!changed && used.size === known.size) return;
      const content = JSON.stringify({ format: FORMAT, root, files: Object.fromEntries(used) });
      // It only spares work: where it cannot be written, that is done again.
      await writeWhole(file, content).catch(() => {});
    },
  };
}

function signatureOf({ ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${ino}:${size}:${mtimeMs}:${ctimeMs}`;
}

async function read(file: string, root: string): Promise<Map<string, string>> {
  try {
    const found = JSON.parse(new TextDecoder().decode(await readWhole(file)));
    if (found.format !== FORMAT || found.root !== root) return new Map();
    const lines = Object.entries<unknown>(found.files).filter(
      (entry): entry is [string, string] =>
        typeof entry[1] === 'string' && isSha256(entry[1].split(' ')[1]),
    );
    return new Map(lines);
  } catch {
    // None, or none of ours.
    return new Map();
  }
}
