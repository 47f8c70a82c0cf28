import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { offerInput } from '../../src/inputs/offer-input.ts';
import { takeInput } from '../../src/inputs/take-input.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { runArchive } from '../../src/store/stored-run.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { contentsOf, nextEpoch } from './drawn-run.ts';
import { kinds, type Place } from './stores.ts';

const scratch = mkdtempSync(join(tmpdir(), 'mnet-store-test-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && new TextDecoder().decode(bytes);
async function all<T>(names: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const name of names) found.push(name);
  return found;
}
async function errorOf(work: Promise<unknown>): Promise<StoreError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StoreError);
  return error as StoreError;
}

for (const kind of kinds) {
  const { name, missing, conditional } = kind;
  const title = missing === undefined ? name : `${name} (${missing})`;
  describe.skipIf(missing !== undefined)(title, () => {
    let place: Place;
    let store: ObjectStore;
    let count = 0;
    beforeAll(async () => {
      place = await kind.start();
    });
    afterAll(() => place?.close());
    beforeEach(async () => {
      await store?.close();
      store = await place.open(`store-${++count}`);
    });

    it('gives back what was put, replaces it, and removes it', async () => {
      expect(await store.get('a/b.json')).toBeUndefined();
      expect(await store.has('a/b.json')).toBe(false);
      expect(await store.put('a/b.json', 'first ✓')).toBe(true);
      expect(textOf(await store.get('a/b.json'))).toBe('first ✓');
      expect(await store.has('a/b.json')).toBe(true);
      expect(await store.has('a')).toBe(false);
      expect(await store.get('a')).toBeUndefined();
      await store.put('a/b.json', new Uint8Array());
      expect(await store.get('a/b.json')).toEqual(Buffer.alloc(0));
      await store.remove('a/b.json');
      await store.remove('a/b.json');
      expect(await store.get('a/b.json')).toBeUndefined();
    });

    it('leaves what is there where it writes only what is absent', async () => {
      expect(await store.put('one', 'first', { ifAbsent: true })).toBe(true);
      expect(await store.put('one', 'second', { ifAbsent: true })).toBe(false);
      expect(textOf(await store.get('one'))).toBe('first');
    });

    it.runIf(conditional)('lets one of twenty writers at once write', async () => {
      const others = await Promise.all(
        Array.from({ length: 3 }, () => place.open(`store-${count}`)),
      );
      const stores = [store, ...others];
      const contents = Array.from({ length: 20 }, (_, n) => `writer ${n}`);
      const written = await Promise.all(
        contents.map((text, n) => stores[n % 4]!.put('race/x', text, { ifAbsent: true })),
      );
      expect(written.filter(Boolean)).toHaveLength(1);
      expect(textOf(await store.get('race/x'))).toBe(contents[written.indexOf(true)]);
      await Promise.all(others.map((other) => other.close()));
    });

    it.runIf(!conditional)('leaves one whole content of twenty writers at once', async () => {
      const contents = Array.from({ length: 20 }, (_, n) => `writer ${n}`);
      const written = await Promise.all(
        contents.map((text) => store.put('race/x', text, { ifAbsent: true })),
      );
      const stands = textOf(await store.get('race/x')) as string;
      expect(contents).toContain(stands);
      // Others may believe so too; the one whose content stands does.
      expect(written[contents.indexOf(stands)]).toBe(true);
      expect(await store.put('race/x', 'late', { ifAbsent: true })).toBe(false);
    });

    it('stores files of any size, in pieces where they are large', async () => {
      for (const size of [0, 1000, 8 * 2 ** 20, 40 * 2 ** 20 + 5]) {
        const bytes = randomBytes(size);
        const from = join(scratch, 'from');
        const to = join(scratch, `to-${count}`, 'file');
        writeFileSync(from, bytes);
        await store.putFile('large/file', from, { sha256: sha256(bytes) });
        expect(await all(store.list('large/'))).toEqual([{ key: 'large/file', bytes: size }]);
        expect(await store.getFile('large/file', to, { sha256: sha256(bytes) })).toBe(true);
        expect(readFileSync(to).equals(bytes)).toBe(true);
        expect(readdirSync(join(scratch, `to-${count}`))).toEqual(['file']);
        await store.putFile('large/file', from);
      }
      expect(await store.getFile('large/none', join(scratch, 'none'))).toBe(false);
      expect(existsSync(join(scratch, 'none'))).toBe(false);
    });

    it('stores the beginning of a file that grows', async () => {
      const from = join(scratch, 'growing');
      for (const size of [0, 1000, 9 * 2 ** 20]) {
        const begun = randomBytes(size);
        writeFileSync(from, Buffer.concat([begun, randomBytes(3000)]));
        await store.putFile('log', from, { bytes: size, sha256: sha256(begun) });
        const to = join(scratch, 'begun');
        await store.getFile('log', to);
        expect(readFileSync(to).equals(begun)).toBe(true);
        await store.putFile('log', from, { bytes: size });
        expect(await all(store.list('log'))).toEqual([{ key: 'log', bytes: size }]);
      }
    });

    it('writes nothing of a file that is not what is expected', async () => {
      const from = join(scratch, 'other');
      const other = sha256(Buffer.from('something else'));
      for (const size of [10, 9 * 2 ** 20]) {
        writeFileSync(from, Buffer.alloc(size));
        const error = await errorOf(store.putFile('x/file', from, { sha256: other }));
        expect(error).toMatchObject({ code: 'changed', retriable: true, path: from });
      }
      expect(await all(store.list(''))).toEqual([]);
      await store.put('x/file', 'content');
      const to = join(scratch, 'damaged');
      const error = await errorOf(store.getFile('x/file', to, { sha256: other }));
      expect(error).toMatchObject({ code: 'damaged', retriable: false });
      expect(error.message).toContain('x/file');
      expect(readdirSync(scratch).filter((file) => file.startsWith('damaged'))).toEqual([]);
      await expect(store.putFile('x/none', join(scratch, 'nowhere'))).rejects.toMatchObject({
        code: 'missing',
        path: join(scratch, 'nowhere'),
      });
    });

    it('lists by prefix in the order of names', async () => {
      const keys = ['s/a-b/1', 's/a/1', 's/a/2', 's/a.json', 's/ab/x/y', 's/a=1/z', 't/0', 'sa'];
      await Promise.all(keys.map((key) => store.put(key, key)));
      const listed = async (prefix: string): Promise<string[]> =>
        (await all(store.list(prefix))).map(({ key }) => key);
      expect(await listed('')).toEqual(keys.toSorted());
      expect(await listed('s/a')).toEqual(keys.filter((key) => key.startsWith('s/a')).toSorted());
      expect(await listed('s/a/')).toEqual(['s/a/1', 's/a/2']);
      expect(await listed('s/a/1')).toEqual(['s/a/1']);
      expect(await listed('none/')).toEqual([]);
      await store.remove('t/0');
      expect(await listed('t/')).toEqual([]);
    });

    it('lists more names than one answer holds', async () => {
      const keys = Array.from({ length: 1005 }, (_, n) => `many/${String(n).padStart(4, '0')}`);
      for (let at = 0; at < keys.length; at += 50) {
        await Promise.all(keys.slice(at, at + 50).map((key) => store.put(key, 'x')));
      }
      expect((await all(store.list('many/'))).map(({ key }) => key)).toEqual(keys);
    });

    it('refuses keys that lead elsewhere or are not for every store', async () => {
      const wrong = [
        '',
        '/a',
        'a/',
        'a//b',
        '..',
        'a/../b',
        './a',
        'a\\b',
        '.hidden',
        'a b',
        'é',
        'x'.repeat(201),
      ];
      for (const key of wrong) {
        await expect(store.put(key, 'x')).rejects.toThrow(/key: got/);
        await expect(store.get(key)).rejects.toThrow(/key: got/);
        await expect(store.getFile(key, join(scratch, 'y'))).rejects.toThrow(/key: got/);
        await expect(store.remove(key)).rejects.toThrow(/key: got/);
      }
      await expect(all(store.list('../'))).rejects.toThrow(/prefix: got/);
    });

    it('keeps runs and inputs', async () => {
      const own = mkdtempSync(join(scratch, 'run-'));
      const folder = join(own, 'run');
      const archive = runArchive(store, 'study', 'run');
      await archive.save(folder, { attempt: 1, number: 1, epoch: nextEpoch(folder, 9_000_000) });
      for (let number = 2; number <= 4; number++) {
        await archive.save(folder, { attempt: 1, number, epoch: nextEpoch(folder, 30_000) });
      }
      const to = join(own, 'restored');
      expect(await runArchive(store, 'study', 'run').restore(to)).toMatchObject({ epoch: 4 });
      expect(contentsOf(to)).toEqual(contentsOf(folder));
      const ends = await Promise.all(
        [1, 2, 3].map((attempt) =>
          runArchive(store, 'study', 'run').end({ kind: 'failed', attempt, worker: 'test' }),
        ),
      );
      expect(ends).toContainEqual(await archive.outcome());
      const { digest } = await offerInput(store, folder);
      const taken = await takeInput(store, digest, { cache: join(own, 'cache') });
      expect(contentsOf(taken)).toEqual(contentsOf(folder));
      const parts = (await all(store.list(''))).map(({ key }) => key.split('/')[0]);
      expect([...new Set(parts)]).toEqual(['inputs', 'packs', 'studies']);
    });

    it('is opened to be read, and finds what others wrote', async () => {
      await store.put('a', '1');
      const reading = await openStore(place.address(`store-${count}`), { readOnly: true });
      expect(textOf(await reading.get('a'))).toBe('1');
      expect(reading.place).toBe(store.place);
      await reading.close();
    });
  });
}
