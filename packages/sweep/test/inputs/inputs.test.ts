import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Random } from '@mnet/core/random';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { bundle } from '../../../../tools/browser/bundle.mjs';
import { killAgainAndAgain } from '../../../../tools/processes/killed.mjs';
import { describeInput } from '../../src/inputs/describe-input.ts';
import { offerInput } from '../../src/inputs/offer-input.ts';
import { takeInput } from '../../src/inputs/take-input.ts';
import { countingStore } from '../../src/store/counting-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { contentsOf } from '../store/drawn-run.ts';
import { type MemoryStore, memoryStore } from '../store/memory-store.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-inputs-'));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;
const fresh = (): string => {
  const folder = join(root, `place-${++count}`);
  mkdirSync(folder);
  return folder;
};
const random = new Random(3);
const drawn = (bytes: number): Buffer =>
  Buffer.from(Array.from({ length: bytes }, () => random.below(256)));

/** A folder of a few pictures, one of which is large. */
function pictures(name = 'pictures', large = 20_000_000): string {
  const folder = join(fresh(), name);
  for (const label of ['cat', 'dog', 'none']) mkdirSync(join(folder, label), { recursive: true });
  writeFileSync(join(folder, 'cat', '1.png'), 'a cat');
  writeFileSync(join(folder, 'cat', 'empty.png'), '');
  writeFileSync(join(folder, 'dog', '1.png'), 'a dog');
  writeFileSync(join(folder, 'dog', '2 ✓.png'), Buffer.concat([drawn(1000), Buffer.alloc(large)]));
  return folder;
}
describe('an input', () => {
  it('is described by kind, name and content, in the order of paths', async () => {
    const folder = pictures('pictures', 10);
    const input = await describeInput(folder);
    expect(input).toMatchObject({ kind: 'folder', name: 'pictures', empty: ['none'], bytes: 1020 });
    expect(input.files.map(({ path, bytes }) => [path, bytes])).toEqual([
      ['cat/1.png', 5],
      ['cat/empty.png', 0],
      ['dog/1.png', 5],
      ['dog/2 ✓.png', 1010],
    ]);
    const again = join(fresh(), 'pictures');
    cpSync(folder, again, { recursive: true });
    // Neither what a desktop leaves nor what is hidden or being written is part of it.
    for (const name of ['.DS_Store', 'Thumbs.db', 'x.png.0a.tmp', 'run.lock'])
      writeFileSync(join(again, name), 'x');
    expect((await describeInput(again)).digest).toBe(input.digest);
    expect((await describeInput(join(folder, 'cat', '1.png'))).files).toHaveLength(1);
    const others = [
      () => appendFileSync(join(again, 'cat', '1.png'), '!'),
      () => writeFileSync(join(again, 'cat', '3.png'), ''),
      () => rmSync(join(again, 'none'), { recursive: true }),
    ];
    const digests = [input.digest];
    for (const change of others) {
      change();
      digests.push((await describeInput(again)).digest);
    }
    const renamed = join(fresh(), 'photos');
    cpSync(folder, renamed, { recursive: true });
    digests.push((await describeInput(renamed)).digest);
    expect(new Set(digests).size).toBe(5);
  });

  it('follows links, and names those that lead nowhere, or round, and what is no file', async () => {
    const folder = pictures('linked', 10);
    const elsewhere = pictures('linked', 10);
    rmSync(join(folder, 'dog'), { recursive: true });
    symlinkSync(join(elsewhere, 'dog'), join(folder, 'dog'));
    const copy = join(fresh(), 'linked');
    cpSync(folder, copy, { recursive: true, dereference: true });
    expect((await describeInput(folder)).digest).toBe((await describeInput(copy)).digest);
    const wrong = async (
      name: string,
      make: (path: string) => void,
      message: RegExp,
    ): Promise<void> => {
      const path = join(folder, name);
      make(path);
      await expect(describeInput(folder)).rejects.toThrow(message);
      rmSync(path);
    };
    await wrong(
      'gone',
      (path) => symlinkSync('/nowhere', path),
      /gone: is a link to \/nowhere, which is not there/,
    );
    await wrong(
      'round',
      (path) => symlinkSync('.', path),
      /round: is a link to a folder that it is in/,
    );
    await wrong('pipe', (path) => execFileSync('mkfifo', [path]), /pipe: is a pipe, takes a file/);
    await wrong(
      'a\\b',
      (path) => writeFileSync(path, ''),
      /has a name that not every system can have/,
    );
    await wrong('a\nb', (path) => writeFileSync(path, ''), /"[^"]*a\\nb"\): rename it/);
    const bytes = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]);
    writeFileSync(bytes, '');
    await expect(describeInput(folder)).rejects.toThrow(/rename it/);
    await expect(describeInput(join(root, 'none'))).rejects.toThrow(
      /none: there is no such file or folder/,
    );
  });

  it('is not read twice where it did not change', async () => {
    const folder = pictures('cached', 10);
    const cache = fresh();
    const reads: number[] = [];
    const described = async () => {
      const digests = await import('@mnet/core/files');
      const spy = vi.spyOn(digests.nodeModules('test').fs, 'createReadStream');
      const { digest } = await describeInput(folder, { cache });
      reads.push(spy.mock.calls.length);
      spy.mockRestore();
      return digest;
    };
    const digest = await described();
    // Younger than a minute: it may change again and not show it.
    expect(await described()).toBe(digest);
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3600_000);
    expect(await described()).toBe(digest);
    expect(await described()).toBe(digest);
    writeFileSync(join(folder, 'cat', '1.png'), 'a bat');
    expect(await described()).not.toBe(digest);
    now.mockRestore();
    // A broken cache is none.
    for (const name of readdirSync(join(cache, 'digests')))
      writeFileSync(join(cache, 'digests', name), '{"for');
    await described();
    expect(reads).toEqual([4, 4, 4, 0, 1, 4]);
  });
});

describe('offer and take', () => {
  it('bring a folder to another machine, with its name, empty files and folders', async () => {
    const folder = pictures();
    const memory = memoryStore();
    const { store, counts } = countingStore(memory);
    const told: number[] = [];
    const input = await offerInput(store, folder, {
      onProgress: (loaded) => void told.push(loaded),
    });
    expect(told.at(-1)).toBe(input.bytes);
    // Three packs of 8 MiB, the last one not full, and the two lists.
    expect(counts.put.calls).toBe(5);
    await offerInput(store, folder);
    expect(counts.put.calls).toBe(5);
    const cache = fresh();
    const path = await takeInput(store, input.digest, { cache });
    expect(basename(path)).toBe('pictures');
    expect(contentsOf(path)).toEqual(contentsOf(folder));
    expect(readdirSync(path)).toEqual(['cat', 'dog', 'none']);
    expect(counts.get.calls).toBe(5);
    expect(await takeInput(store, input.digest, { cache })).toBe(path);
    expect(counts.get.calls).toBe(5);
    expect(readdirSync(join(cache, 'inputs', input.digest)).toSorted()).toEqual([
      'content',
      'files.json',
    ]);
  });

  it('bring a single file', async () => {
    const file = join(fresh(), 'weights.safetensors');
    writeFileSync(file, drawn(3000));
    const store = await openStore(join(fresh(), 'store'));
    const { digest } = await offerInput(store, file);
    const path = await takeInput(store, digest, { cache: fresh() });
    expect(basename(path)).toBe('weights.safetensors');
    expect(readFileSync(path).equals(readFileSync(file))).toBe(true);
  });

  it('find what is near: itself, within a folder, or under another name', async () => {
    const folder = pictures('pictures', 10);
    const { store, counts } = countingStore(memoryStore());
    // Its content is not sent at all.
    const { digest } = await offerInput(store, folder, { content: false });
    expect(counts.put.calls).toBe(1);
    const cache = fresh();
    const other = fresh();
    const copies = join(fresh(), 'photos');
    cpSync(folder, copies, { recursive: true });
    expect(await takeInput(store, digest, { cache, near: [other, folder] })).toBe(folder);
    expect(await takeInput(store, digest, { cache, near: [join(folder, '..')] })).toBe(folder);
    for (let again = 0; again < 2; again++) {
      const link = await takeInput(store, digest, { cache, near: [copies] });
      expect(basename(link)).toBe('pictures');
      expect(readlinkSync(link)).toBe(copies);
      expect(contentsOf(`${link}/`)).toBeDefined();
      expect(readFileSync(join(link, 'cat', '1.png'), 'utf8')).toBe('a cat');
    }
    // The same sizes, and other content.
    writeFileSync(join(copies, 'cat', '1.png'), 'a bat');
    const taken = takeInput(store, digest, { cache, near: [copies, join(root, 'none')] });
    await expect(taken).rejects.toMatchObject({ code: 'missing', retriable: false });
    await expect(taken).rejects.toThrow(
      /^memory\/inputs\/[0-9a-f]{64}\/packs\.json: the store has no content of input 'pictures' \([0-9a-f]{12}…\), nor was/,
    );
    const file = join(fresh(), 'a.bin');
    writeFileSync(file, 'weights');
    const single = await offerInput(store, file, { content: false });
    const twin = join(fresh(), 'b.bin');
    cpSync(file, twin);
    const link = await takeInput(store, single.digest, { cache, near: [twin] });
    expect(basename(link)).toBe('a.bin');
    expect(readFileSync(link, 'utf8')).toBe('weights');
  });

  it('never take a copy for whole that is not', async () => {
    const folder = pictures('pictures', 10);
    const store = memoryStore();
    const { digest } = await offerInput(store, folder);
    const cache = fresh();
    const path = await takeInput(store, digest, { cache });
    const expected = contentsOf(path);
    // An hour later digests are taken from the cache, where a file shows no change.
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3600_000);
    await takeInput(store, digest, { cache });
    expect(readdirSync(join(cache, 'digests'))).toHaveLength(1);
    const harms = [
      () => appendFileSync(join(path, 'cat', '1.png'), '!'),
      () => writeFileSync(join(path, 'cat', '1.png'), 'a bat'),
      () => rmSync(join(path, 'dog', '1.png')),
      () => writeFileSync(join(path, 'dog', 'more.png'), ''),
      () => rmSync(path, { recursive: true }),
      () => writeFileSync(join(cache, 'inputs', digest, 'files.json'), '{"form'),
    ];
    for (const harm of harms) {
      harm();
      expect(await takeInput(store, digest, { cache })).toBe(path);
      expect(contentsOf(path)).toEqual(expected);
    }
    now.mockRestore();
  });

  it('name what the store does not have, or has with other bytes', async () => {
    const folder = pictures('pictures', 10);
    const offered = async (): Promise<{ store: MemoryStore; digest: string }> => {
      const store = memoryStore();
      return { store, digest: (await offerInput(store, folder)).digest };
    };
    const none = 'f'.repeat(64);
    await expect(takeInput(memoryStore(), none, { cache: fresh() })).rejects.toThrow(
      `memory/inputs/${none}/files.json: no such input was offered to this store`,
    );
    await expect(takeInput(memoryStore(), 'x', { cache: fresh() })).rejects.toThrow(
      /digest: got 'x', takes a SHA-256/,
    );
    const pack = ({ files }: MemoryStore): string =>
      [...files.keys()].find((key) => key.startsWith('packs/'))!;
    const harms: [(store: MemoryStore, digest: string) => void, RegExp][] = [
      [
        (store) => store.files.set(pack(store), Buffer.from('x')),
        /packs\/[0-9a-f]{64}: of input 'pictures' \([0-9a-f]{12}…\) has the digest/,
      ],
      [
        (store) => store.files.delete(pack(store)),
        /packs\/[0-9a-f]{64}: is not there, of input 'pictures'/,
      ],
      [
        (store, digest) =>
          store.files.set(`inputs/${digest}/packs.json`, Buffer.from('{"format":1,"packs":[]}')),
        /packs\.json: its packs are not as large as its files/,
      ],
      [
        (store, digest) => {
          const key = `inputs/${digest}/files.json`;
          const text = Buffer.from(store.files.get(key)!).toString();
          store.files.set(key, Buffer.from(text.replace('cat/1.png', '../../1.p')));
        },
        /files\.json: path: got '\.\.\/\.\.\/1\.p', takes a path below the folder/,
      ],
      [
        (store, digest) =>
          store.files.set(`inputs/${digest}/files.json`, Buffer.from('{"format":7}')),
        /files\.json: format: got 7, takes 1/,
      ],
    ];
    for (const [harm, message] of harms) {
      const { store, digest } = await offered();
      harm(store, digest);
      const cache = fresh();
      const taken = takeInput(store, digest, { cache });
      await expect(taken).rejects.toThrow(message);
      await expect(taken).rejects.toMatchObject({ code: 'damaged', retriable: false });
      expect(existsSync(join(cache, 'inputs', digest, 'content'))).toBe(false);
    }
  });

  it('send again only what is missing after a kill, and end by a signal', async () => {
    const folder = pictures();
    let left = 2;
    const store = memoryStore((key) => {
      if (key.startsWith('packs/') && left-- <= 0) throw new Error('killed');
    });
    await expect(offerInput(store, folder, { transfers: 1 })).rejects.toThrow('killed');
    left = Number.POSITIVE_INFINITY;
    const { store: counted, counts } = countingStore(store);
    const { digest } = await offerInput(counted, folder);
    // One pack and the list of packs.
    expect(counts.put.calls).toBe(2);
    const stop = new AbortController();
    const cache = fresh();
    const reason = new Error('enough');
    const taken = takeInput(store, digest, {
      cache,
      signal: stop.signal,
      transfers: 1,
      onProgress: () => stop.abort(reason),
    });
    await expect(taken).rejects.toBe(reason);
    expect(readdirSync(join(cache, 'inputs', digest))).toEqual(['files.json']);
    await takeInput(store, digest, { cache });
  });

  it('tell of a file that changes while it is sent', async () => {
    const folder = pictures();
    const store = memoryStore((key) => {
      if (key.endsWith('files.json')) appendFileSync(join(folder, 'dog', '2 ✓.png'), '!');
    });
    await expect(offerInput(store, folder)).rejects.toMatchObject({
      code: 'changed',
      retriable: true,
    });
    expect([...store.files.keys()].some((key) => key.endsWith('packs.json'))).toBe(false);
  });

  it('fetch once for many who ask at once', async () => {
    const folder = pictures();
    const memory = memoryStore();
    const { digest } = await offerInput(memory, folder);
    const { store, counts } = countingStore(memory);
    const cache = fresh();
    const paths = await Promise.all(
      Array.from({ length: 4 }, () => takeInput(store, digest, { cache })),
    );
    expect(new Set(paths).size).toBe(1);
    // Each may have asked what it holds; the list of packs and the packs were fetched once.
    expect(counts.get.calls).toBeLessThanOrEqual(4 + 4);
    expect(contentsOf(paths[0]!)).toEqual(contentsOf(folder));
  });
});

it('processes that are killed at 8 random instants of a fetch leave nothing that is taken for whole', async () => {
  const folder = pictures('pictures', 60_000_000);
  const where = join(fresh(), 'store');
  const { digest } = await offerInput(await openStore(where), folder);
  const program = join(root, 'killed-often.mjs');
  const text = `import { main } from './killed-often.ts'; await main(process.argv.slice(2));`;
  writeFileSync(program, await bundle(text, 'node', import.meta.dirname));
  const cache = fresh();
  const draw = new Random(4);
  const place = join(cache, 'inputs', digest);
  const seen = new Set<string>();
  await killAgainAndAgain(program, [where, digest, cache], {
    kills: 8,
    steps: 8,
    random: () => draw.uniform(),
    onKilled: () => {
      const names = existsSync(place) ? readdirSync(place) : [];
      for (const name of names) seen.add(name.replace(/-.*/, ''));
      // The lock of the killed one is void after some seconds; the test need not wait for that.
      rmSync(join(place, 'lock'), { recursive: true, force: true });
      if (!existsSync(join(place, 'content'))) return;
      expect(contentsOf(join(place, 'content', 'pictures'))).toEqual(contentsOf(folder));
      rmSync(join(place, 'content'), { recursive: true });
    },
  });
  expect(seen).toContain('fetching');
  expect(contentsOf(join(place, 'content', 'pictures'))).toEqual(contentsOf(folder));
  expect(readdirSync(place).toSorted()).toEqual(['content', 'files.json']);
});
