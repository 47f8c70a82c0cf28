import { sizeOfFile } from '@mnet/core/files';
import type { Expected, ExpectedFile, ObjectStore, StoredFile } from './object-store.ts';
import { PIECE } from './s3-upload.ts';

/** Calls of a kind, the requests that they make of an S3 server where nothing fails, and bytes of content. */
export interface StoreCount {
  calls: number;
  requests: number;
  bytes: number;
}

/** Kinds of calls as S3's price lists part them. */
export type StoreCall = 'put' | 'get' | 'has' | 'list' | 'remove';

/** What was asked of a store. */
export type StoreCounts = Record<StoreCall, StoreCount>;

/**
 * A store that counts what is asked of it, for benchmarks and tests.
 *
 * @returns the store to be used in its place, and the counts, which grow
 */
export function countingStore(store: ObjectStore): { store: ObjectStore; counts: StoreCounts } {
  const none = (): StoreCount => ({ calls: 0, requests: 0, bytes: 0 });
  const counts: StoreCounts = {
    put: none(),
    get: none(),
    has: none(),
    list: none(),
    remove: none(),
  };
  const count = (call: StoreCall, bytes = 0, requests = 1): void => {
    counts[call].calls++;
    counts[call].requests += requests;
    counts[call].bytes += bytes;
  };
  async function* pages<T>(names: AsyncIterable<T>): AsyncGenerator<T> {
    let found = 0;
    try {
      for await (const name of names) {
        found++;
        yield name;
      }
    } finally {
      count('list', 0, Math.max(1, Math.ceil(found / 1000)));
    }
  }
  const counting: ObjectStore = {
    place: store.place,
    put(key: string, content: string | Uint8Array, options?: { ifAbsent?: boolean }) {
      count('put', Buffer.byteLength(content));
      return store.put(key, content, options);
    },
    async putFile(key: string, path: string, expected?: ExpectedFile) {
      const size = expected?.bytes ?? (await sizeOfFile(path));
      count('put', size, size > PIECE ? Math.ceil(size / PIECE) + 2 : 1);
      await store.putFile(key, path, expected);
    },
    async get(key: string) {
      const content = await store.get(key);
      count('get', content?.length ?? 0);
      return content;
    },
    async getFile(key: string, path: string, expected?: Expected) {
      const there = await store.getFile(key, path, expected);
      count('get', there ? await sizeOfFile(path) : 0);
      return there;
    },
    has(key: string) {
      count('has');
      return store.has(key);
    },
    list: (prefix: string): AsyncIterable<StoredFile> => pages(store.list(prefix)),
    remove(key: string) {
      count('remove');
      return store.remove(key);
    },
    close: () => store.close(),
  };
  return { store: counting, counts };
}
