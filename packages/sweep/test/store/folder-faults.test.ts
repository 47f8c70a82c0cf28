import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { runArchive } from '../../src/store/stored-run.ts';
import { storeId } from '../../src/store/store-id.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { contentsOf, nextEpoch } from './drawn-run.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-folder-'));
afterAll(() => rmSync(root, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
});
let count = 0;
const fresh = (): string => join(root, `place-${++count}`);
const systemError = (code: string): Error => Object.assign(new Error(`${code}: said`), { code });

describe('a folder', () => {
  it('is opened by its path or its URL, and made in one that is there', async () => {
    const where = fresh();
    await (await openStore(where)).put('a/b', 'x');
    const again = await openStore(pathToFileURL(where).href);
    expect(again.place).toBe(where);
    expect(await again.has('a/b')).toBe(true);
    const nowhere = openStore(join(fresh(), 'store'));
    await expect(nowhere).rejects.toThrow(
      /cannot be made: there is no folder .* Is the share mounted/,
    );
    await expect(nowhere).rejects.toMatchObject({ code: 'missing', retriable: true });
    const file = fresh();
    writeFileSync(file, '');
    await expect(openStore(file)).rejects.toThrow(`${file}: is a file, takes a folder`);
    await expect(openStore(where, { readonly: true } as never)).rejects.toThrow(
      /unknown option 'readonly'/,
    );
  });

  it('that is no store is not taken for one to be read', async () => {
    const where = fresh();
    await expect(openStore(where, { readOnly: true })).rejects.toMatchObject({ code: 'missing' });
    mkdirSync(where);
    await expect(openStore(where, { readOnly: true })).rejects.toThrow(/is no store/);
    expect(readdirSync(where)).toEqual([]);
  });

  it('that vanishes is told so, and comes back: nothing is taken for absent, nor written below', async () => {
    const where = fresh();
    const store = await openStore(where);
    await store.put('studies/a', 'x');
    for (const empty of [false, true]) {
      const away = fresh();
      renameSync(where, away);
      // What is below a share that is not mounted is an empty folder, or none.
      if (empty) mkdirSync(where);
      const listed = async (): Promise<void> => {
        for await (const _ of store.list('')) expect.fail('listed');
      };
      const calls = [
        () => store.get('studies/a'),
        () => store.has('studies/b'),
        () => store.getFile('studies/a', join(root, 'copy')),
        () => store.put('studies/a', 'y'),
        () => store.put('studies/c', 'y', { ifAbsent: true }),
        () => store.remove('studies/a'),
        listed,
      ];
      for (const call of calls) {
        await expect(call()).rejects.toMatchObject({ code: 'missing', retriable: true });
        await expect(call()).rejects.toThrow(/the store is gone: there is no \.mnet-store/);
      }
      if (empty) {
        expect(readdirSync(where)).toEqual([]);
        rmSync(where, { recursive: true });
      }
      renameSync(away, where);
    }
    expect(Buffer.from((await store.get('studies/a'))!).toString()).toBe('x');
  });

  it.each([
    ['ENOSPC', 'full', true, 'the disk is full'],
    ['EDQUOT', 'full', true, 'the quota of this user is used up'],
    ['EACCES', 'denied', false, 'not permitted'],
    ['EROFS', 'denied', false, 'it can only be read'],
    ['ESTALE', 'io', true, 'the share was mounted anew'],
    ['EIO', 'io', true, 'the disk or share failed'],
    ['ETIMEDOUT', 'network', true, 'the share does not answer'],
    ['EMLINK', 'io', false, 'failed'],
  ])('whose disk says %s is told by name', async (code, kind, retriable, text) => {
    const store = await openStore(fresh());
    vi.spyOn(fs, 'open').mockRejectedValue(systemError(code));
    const error = await store.put('a/b', 'x').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code: kind, retriable, path: `${store.place}/a/b` });
    expect((error as Error).message).toBe(`${store.place}/a/b: ${text} (${code}) while writing`);
    vi.restoreAllMocks();
    expect(readdirSync(join(store.place, '.mnet-writing'))).toEqual([]);
    vi.spyOn(fs, 'readFile').mockRejectedValue(systemError(code));
    await expect(store.get('a/b')).rejects.toMatchObject({ code: kind, retriable });
  });

  it('without links lets one of several writers write, too', async () => {
    const store = await openStore(fresh());
    vi.spyOn(fs, 'link').mockRejectedValue(systemError('EPERM'));
    const contents = ['a', 'b', 'c', 'd'];
    const written = await Promise.all(
      contents.map((text) => store.put('one', text, { ifAbsent: true })),
    );
    expect(written.filter(Boolean)).toHaveLength(1);
    expect(Buffer.from((await store.get('one'))!).toString()).toBe(contents[written.indexOf(true)]);
    expect(await store.put('one', 'e', { ifAbsent: true })).toBe(false);
  });

  it('on NFS counts a link whose first answer was lost', async () => {
    const store = await openStore(fresh());
    const { link } = fs;
    vi.spyOn(fs, 'link').mockImplementation(async (from, to) => {
      await link(from, to);
      throw systemError('EEXIST');
    });
    expect(await store.put('one', 'mine', { ifAbsent: true })).toBe(true);
  });

  it('skips what is no file of a store', async () => {
    const store = await openStore(fresh());
    await store.put('a/b', 'x');
    for (const name of ['.nfs0001', '.DS_Store', 'a b', 'é'])
      writeFileSync(join(store.place, 'a', name), '');
    execFileSync('mkfifo', [join(store.place, 'a', 'pipe')]);
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    expect(keys).toEqual(['a/b']);
  });
});

describe('a store has an id', () => {
  it('that all see, and that is another in another', async () => {
    const [a, b] = [await openStore(fresh()), await openStore(fresh())];
    const ids = await Promise.all([a, a, a].map((store) => storeId(store)));
    expect(new Set(ids).size).toBe(1);
    expect(await storeId(await openStore(a.place))).toBe(ids[0]);
    expect(await storeId(b)).not.toBe(ids[0]);
    await a.put('store.json', '{}');
    await expect(storeId(a)).rejects.toThrow(/store\.json: is no JSON with an id/);
  });
});

/** Whether a small disk can be mounted here: root in a container may not. */
function canMount(): boolean {
  const folder = fresh();
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  }
}

const mounts = process.platform === 'linux' && process.getuid?.() === 0 && canMount();
const full = 'a full disk: what is there stays whole, and the next save goes on when there is room';
it.skipIf(!mounts)(mounts ? full : `${full} (needs the right to mount one)`, async () => {
  const where = fresh();
  mkdirSync(where);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', where]);
  try {
    const store = await openStore(where);
    const archive = runArchive(store, 'study', 'run');
    const folder = fresh();
    mkdirSync(folder);
    await archive.save(folder, { attempt: 1, number: 1, epoch: nextEpoch(folder, 100_000) });
    writeFileSync(join(where, 'ballast'), Buffer.alloc(180_000));
    const expected = contentsOf(folder);
    const save = archive.save(folder, { attempt: 1, number: 2, epoch: nextEpoch(folder, 100_000) });
    await expect(save).rejects.toMatchObject({ code: 'full', retriable: true });
    const to = fresh();
    expect(await archive.restore(to)).toMatchObject({ number: 1 });
    expect(contentsOf(to)).toEqual(expected);
    expect(readdirSync(join(where, '.mnet-writing'))).toEqual([]);
    rmSync(join(where, 'ballast'));
    await archive.save(folder, { attempt: 1, number: 3, epoch: 2 });
    const again = fresh();
    expect(await archive.restore(again)).toMatchObject({ number: 3 });
    expect(readFileSync(join(again, 'metrics.csv'), 'utf8')).toBe('epoch\n2\n');
  } finally {
    execFileSync('umount', [where]);
  }
});
