import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { StoreError } from '../../src/store/store-error.ts';

/** A store whose files are in memory, to be looked at and harmed. */
export interface MemoryStore extends ObjectStore {
  readonly files: Map<string, Uint8Array>;
}

/** @param before is called before each write and removal; what it throws happens in its place */
export function memoryStore(before: (key: string) => void = () => {}): MemoryStore {
  const files = new Map<string, Uint8Array>();
  const names = (prefix: string): string[] =>
    [...files.keys()].filter((key) => key.startsWith(prefix)).toSorted();
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const fault = (code: 'changed' | 'damaged', key: string): StoreError =>
    new StoreError(code, key, code, { retriable: false });
  return {
    files,
    place: 'memory',
    async put(key, content, { ifAbsent = false } = {}) {
      before(key);
      if (ifAbsent && files.has(key)) return false;
      files.set(key, Buffer.from(content));
      return true;
    },
    async putFile(key, path, expected) {
      before(key);
      const bytes = readFileSync(path).subarray(0, expected?.bytes);
      if (expected?.sha256 && expected.sha256 !== sha256(bytes)) throw fault('changed', path);
      files.set(key, bytes);
    },
    get: async (key) => files.get(key),
    async getFile(key, path, expected) {
      const bytes = files.get(key);
      if (!bytes) return false;
      if (expected?.sha256 && expected.sha256 !== sha256(bytes)) throw fault('damaged', key);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
      return true;
    },
    has: async (key) => files.has(key),
    async *list(prefix) {
      for (const key of names(prefix)) yield { key, bytes: files.get(key)?.length ?? 0 };
    },
    async remove(key) {
      before(key);
      files.delete(key);
    },
    async close() {},
  };
}
