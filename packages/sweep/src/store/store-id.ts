import { randomUUID } from 'node:crypto';
import type { ObjectStore } from './object-store.ts';
import { nameOf, StoreError } from './store-error.ts';

const KEY = 'store.json';

/**
 * What tells one store from another, drawn when it is first asked for. Whoever hands out work names it, and a worker compares: one whose
 * share is not mounted, or that was given another bucket, would else store runs where nobody looks.
 *
 * Requests: 1 GET, and 1 PUT the first time of all.
 *
 * @throws StoreError
 */
export async function storeId(store: ObjectStore): Promise<string> {
  const found = await read(store);
  if (found !== undefined) return found;
  await store.put(KEY, `${JSON.stringify({ id: randomUUID() })}\n`, { ifAbsent: true });
  const written = await read(store);
  if (written !== undefined) return written;
  throw new StoreError('io', nameOf(store.place, KEY), 'was written and is not there', {
    retriable: true,
  });
}

async function read(store: ObjectStore): Promise<string | undefined> {
  const content = await store.get(KEY);
  if (content === undefined) return undefined;
  try {
    const { id } = JSON.parse(new TextDecoder().decode(content));
    if (typeof id === 'string' && id !== '') return id;
  } catch {
    // As if it held no id.
  }
  throw new StoreError('damaged', nameOf(store.place, KEY), 'is no JSON with an id', {
    retriable: false,
  });
}
