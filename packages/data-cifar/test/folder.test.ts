import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprint } from '@mnet/data';
import {
  type Cifar100Dataset,
  cifar10Source,
  loadCifar,
  loadCifar10,
  loadCifar100,
  parseCifar,
  parseCifar10,
  parseCifar100,
} from '@mnet/data-cifar';
import { describe, expect, test } from 'vitest';
import { failure } from './helpers/failure.ts';
import {
  describing,
  honestEntries,
  listing,
  makeFiles,
  small10,
  small100,
  tarGz,
  temporaryFolder,
  writeFiles,
} from './helpers/fixture.ts';

const files10 = makeFiles(small10);

/** A folder with the unpacked files of the small CIFAR-10. */
async function unpacked(): Promise<string> {
  return writeFiles(await temporaryFolder(), files10);
}

const load = (dir: string): ReturnType<typeof loadCifar> =>
  loadCifar(small10, { dir, validation: 10 });

describe('unpacked files', () => {
  test('are read from the folder itself and from the one in it', async () => {
    const outer = await temporaryFolder();
    await writeFiles(join(outer, 'cifar-10-batches-bin'), files10);
    const a = await load(outer);
    const b = await load(join(outer, 'cifar-10-batches-bin'));
    expect(a.train.labels).toEqual(b.train.labels);
    expect([a.train.length, a.validation.length, a.test.length]).toEqual([70, 10, 20]);
    expect(await listing(outer)).toHaveLength(4);
  });

  test('planes become interleaved pixels, labels the first byte', async () => {
    const { test: data } = await load(await unpacked());
    const bytes = files10['test_batch.bin']!;
    for (const i of [0, 7, 19]) {
      expect(data.labels[i]).toBe(bytes[i * 3073]);
      for (const p of [0, 33, 1023]) {
        const rgb = [0, 1, 2].map((c) => bytes[i * 3073 + 1 + c * 1024 + p]);
        const at = (i * 1024 + p) * 3;
        expect([...data.images.subarray(at, at + 3)]).toEqual(rgb);
      }
    }
  });

  test('describe themselves with the published names and constants', async () => {
    const { train, validation, test: data } = await load(await unpacked());
    for (const part of [train, validation, data]) {
      expect(part.shape).toEqual([32, 32, 3]);
      expect(part.classes[3]).toBe('cat');
      expect(part.mean).toEqual([0.4914, 0.4822, 0.4465]);
      expect(part.std).toEqual([0.247, 0.2435, 0.2616]);
    }
  });

  test('the seed decides which images are held out', async () => {
    const dir = await unpacked();
    const [a, b, c] = await Promise.all(
      [1, 1, 2].map((seed) => loadCifar(small10, { dir, validation: 10, seed })),
    );
    expect(fingerprint(a!.validation)).toBe(fingerprint(b!.validation));
    expect(fingerprint(a!.validation)).not.toBe(fingerprint(c!.validation));
    expect(new Set(a!.validation.labels).size).toBe(10);
  });

  test('validation: 0 holds nothing out', async () => {
    const splits = await loadCifar(small10, { dir: await unpacked(), validation: 0 });
    expect([splits.train.length, splits.validation.length]).toEqual([80, 0]);
  });

  test('what is held out is not copied', async () => {
    const { train, validation } = await load(await unpacked());
    expect(train.images).toHaveLength(80 * 3072);
    expect(validation.images).toBe(train.images);
  });
});

describe('CIFAR-100', () => {
  const files = makeFiles(small100);

  test('carries both labels; fine ones count by default', async () => {
    const dir = await writeFiles(await temporaryFolder(), files);
    const splits = await loadCifar(small100, { dir, validation: 100, seed: 3 });
    for (const part of Object.values(splits) as Cifar100Dataset[]) {
      expect(part.labels).toEqual(part.fineLabels);
      expect(part.classes).toHaveLength(100);
      expect(part.coarseClasses).toHaveLength(20);
      expect(part.coarseLabels).toHaveLength(part.length);
      part.fineLabels.forEach((fine, i) => {
        expect(part.coarseLabels[i]).toBe(small100.coarseOfFine![fine]);
      });
    }
    // One of each class's two images is held out.
    expect(Array.from(splits.validation.labels).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, k) => k),
    );
  });

  test("labels: 'coarse' trains on the superclasses", async () => {
    const dir = await writeFiles(join(await temporaryFolder(), 'cifar-100-binary'), files);
    const { test: data } = await loadCifar(small100, { dir, validation: 20, labels: 'coarse' });
    expect(data.classes[0]).toBe('aquatic_mammals');
    expect(data.labels).toEqual((data as Cifar100Dataset).coarseLabels);
  });

  test("labels: 'coarse' is refused of a data set that has none", async () => {
    const message = "labels: got 'coarse' of CIFAR-10, which has none; takes 'fine'";
    const given = { dir: await temporaryFolder(), validation: 0, labels: 'coarse' } as const;
    await expect(loadCifar(cifar10Source, given)).rejects.toThrow(message);
    await expect(parseCifar(cifar10Source, {}, { labels: 'coarse' })).rejects.toThrow(message);
  });

  test('labels that contradict each other are found', async () => {
    const altered = Buffer.from(files['test.bin']!);
    altered[5 * 3074] = (altered[5 * 3074]! + 1) % 20;
    const dir = await writeFiles(await temporaryFolder(), { ...files, 'test.bin': altered });
    const error = await failure(loadCifar(small100, { dir, validation: 0 }));
    expect(error.code).toBe('label');
    expect(error.message).toContain(join(dir, 'test.bin'));
    expect(error.message).toContain('record 5');
  });
});

describe('wrong files', () => {
  test.each([
    ['truncated', 50_000],
    ['empty', 0],
    ['too long', 200_000],
  ])('%s: named with both sizes and what to do', async (state, size) => {
    const dir = await unpacked();
    await truncate(join(dir, 'data_batch_2.bin'), size);
    const error = await failure(load(dir));
    expect(error.code).toBe('size');
    expect(error.path).toBe(join(dir, 'data_batch_2.bin'));
    expect(error.message).toContain(state);
    expect(error.message).toContain(size.toLocaleString('en-US'));
    expect(error.message).toContain((40 * 3073).toLocaleString('en-US'));
    expect(error.message).toContain('Delete');
  });

  test('a label out of range', async () => {
    const dir = await unpacked();
    const altered = Buffer.from(files10['data_batch_1.bin']!);
    altered[3 * 3073] = 10;
    await writeFile(join(dir, 'data_batch_1.bin'), altered);
    const error = await failure(load(dir));
    expect(error.code).toBe('label');
    expect(error.message).toMatch(/data_batch_1\.bin: record 3 has fine label 10, expected 0\.\.9/);
  });

  test('a file in the place of another shows in the class counts', async () => {
    const dir = await unpacked();
    const altered = Buffer.from(files10['data_batch_1.bin']!);
    altered[0] = 9;
    await writeFile(join(dir, 'data_batch_1.bin'), altered);
    const error = await failure(load(dir));
    expect(error.code).toBe('label');
    expect(error.message).toMatch(/got 7 images of class 'airplane', expected 8/);
  });

  test('a missing file is named', async () => {
    const dir = await unpacked();
    await rm(join(dir, 'test_batch.bin'));
    const error = await failure(load(dir));
    expect(error.code).toBe('missing');
    expect(error.message).toContain('test_batch.bin not there');
  });

  test('a folder in the place of a file', async () => {
    const dir = await unpacked();
    await rm(join(dir, 'test_batch.bin'));
    await mkdir(join(dir, 'test_batch.bin'));
    expect((await failure(load(dir))).path).toBe(join(dir, 'test_batch.bin'));
  });

  test('no folder, an empty folder: says what was looked for', async () => {
    const dir = await temporaryFolder();
    for (const place of [dir, join(dir, 'nothing')]) {
      const error = await failure(load(place));
      expect(error.code).toBe('missing');
      expect(error.message).toContain('data_batch_1.bin');
      expect(error.message).toContain('cifar-10-binary.tar.gz');
      expect(error.message).toContain('download: true');
    }
    expect(await listing(dir)).toEqual([]);
  });

  test('dir that is a file', async () => {
    const dir = await unpacked();
    const one = await failure(load(join(dir, 'test_batch.bin')));
    expect(one.message).toContain('one file of the data set');
    await writeFile(join(dir, 'notes.txt'), 'notes');
    expect((await failure(load(join(dir, 'notes.txt')))).message).toContain('not a .tar.gz');
    expect((await failure(load(join(dir, 'none.tar.gz')))).message).toContain('no such archive');
  });
});

describe('what is no file', () => {
  const name = 'cifar-10-binary.tar.gz';
  const there = async (): Promise<string> => join(await temporaryFolder(), 'data');

  test.each(['', name, 'cifar-10-batches-bin'])('a link to nothing as data/%s', async (at) => {
    const dir = await there();
    if (at !== '') await mkdir(dir);
    await symlink(join(dir, '..', 'nothing'), join(dir, at));
    for (const download of [false, true]) {
      const options = { dir, validation: 10, download, url: 'http://127.0.0.1:1' };
      const error = await failure(loadCifar(small10, options));
      expect(error.code).toBe('missing');
      expect(error.path).toBe(join(dir, at));
      expect(error.message).toMatch(/is a link to .*nothing, which is not there/);
    }
  });

  test('a link to nothing in the place of a file', async () => {
    const dir = await unpacked();
    await rm(join(dir, 'test_batch.bin'));
    await symlink(join(dir, 'nothing'), join(dir, 'test_batch.bin'));
    expect((await failure(load(dir))).message).toMatch(/test_batch\.bin: is a link to/);
  });

  test('a link in a circle, a folder below a file', async () => {
    const dir = await there();
    await symlink(dir, dir);
    expect((await failure(load(dir))).message).toContain('ELOOP while looking for it');
    await rm(dir);
    await writeFile(dir, 'a file');
    expect((await failure(load(join(dir, 'sub')))).message).toContain('ENOTDIR');
  });

  // Opening a pipe that nobody writes to waits for ever. Windows has none in folders.
  test.skipIf(process.platform === 'win32').each(['', name, `${name}.part`, 'test_batch.bin'])(
    'a pipe as data/%s',
    async (at) => {
      const dir = await there();
      if (at === 'test_batch.bin') {
        await writeFiles(dir, files10);
        await rm(join(dir, at));
      } else if (at !== '') await mkdir(dir);
      execFileSync('mkfifo', [join(dir, at)]);
      const options = { dir, validation: 10, download: true, url: 'http://127.0.0.1:1' };
      const error = await failure(loadCifar(small10, { ...options, retries: 0 }));
      expect(error.path).toBe(join(dir, at));
      expect(error.message).toContain('is a pipe, takes a file');
    },
  );

  test('a folder in the place of the archive', async () => {
    const dir = await there();
    await mkdir(join(dir, name), { recursive: true });
    expect((await failure(load(dir))).message).toMatch(/tar\.gz: is a folder, takes a file/);
  });
});

describe('the archive', () => {
  const archive = tarGz(honestEntries(small10, files10));
  const source = describing(small10, archive);

  test('in the folder is unpacked and kept', async () => {
    const dir = await writeFiles(await temporaryFolder(), { 'cifar-10-binary.tar.gz': archive });
    const splits = await loadCifar(source, { dir, validation: 10 });
    expect(splits.train.length).toBe(70);
    expect(await listing(dir)).toContain('cifar-10-binary.tar.gz');
    expect(await listing(dir)).not.toContain('cifar-10-batches-bin.part');
  });

  test('itself, under any name, is unpacked beside it', async () => {
    const dir = await writeFiles(await temporaryFolder(), { 'mine.tar.gz': archive });
    await loadCifar(source, { dir: join(dir, 'mine.tar.gz'), validation: 10 });
    expect(await listing(dir)).toContain('cifar-10-batches-bin/test_batch.bin');
  });

  test('is unpacked into an empty folder that is there already', async () => {
    const dir = await writeFiles(await temporaryFolder(), { 'cifar-10-binary.tar.gz': archive });
    await mkdir(join(dir, 'cifar-10-batches-bin'));
    expect((await loadCifar(source, { dir, validation: 10 })).test.length).toBe(20);
  });

  test('does not overwrite a folder that holds something else', async () => {
    const dir = await writeFiles(await temporaryFolder(), { 'cifar-10-binary.tar.gz': archive });
    await writeFiles(join(dir, 'cifar-10-batches-bin'), { 'thesis.txt': Buffer.from('mine') });
    const error = await failure(loadCifar(source, { dir, validation: 10 }));
    expect(error.message).toContain('cifar-10-batches-bin');
    expect(await listing(dir)).toEqual([
      'cifar-10-batches-bin',
      'cifar-10-batches-bin/thesis.txt',
      'cifar-10-binary.tar.gz',
    ]);
  });

  test.each([
    ['a flipped byte', () => Buffer.from(archive).fill(archive[999]! ^ 1, 999, 1000)],
    ['a missing end', () => archive.subarray(0, 9_000)],
    ['nothing in it', () => Buffer.alloc(0)],
  ])('with %s: both digests, and nothing unpacked', async (_, make) => {
    const dir = await writeFiles(await temporaryFolder(), { 'cifar-10-binary.tar.gz': make() });
    const error = await failure(loadCifar(source, { dir, validation: 10, download: true }));
    expect(error.code).toBe('digest');
    expect(error.path).toBe(join(dir, 'cifar-10-binary.tar.gz'));
    expect(error.message).toContain(source.md5);
    expect(error.message).toMatch(/got md5 [0-9a-f]{32}/);
    expect(error.message).toContain('tar xzf');
    expect(await listing(dir)).toEqual(['cifar-10-binary.tar.gz']);
  });

  test('that is named is checked, also where its files are unpacked already', async () => {
    const dir = await writeFiles(await temporaryFolder(), { 'mine.tar.gz': archive });
    await loadCifar(source, { dir: join(dir, 'mine.tar.gz'), validation: 10 });
    await truncate(join(dir, 'mine.tar.gz'), 5_000);
    const error = await failure(
      loadCifar(source, { dir: join(dir, 'mine.tar.gz'), validation: 10 }),
    );
    expect(error.code).toBe('digest');
  });
});

test('the official loaders ask for the official files', async () => {
  const dir = await writeFiles(await temporaryFolder(), { 'data_batch_1.bin': Buffer.alloc(3073) });
  const ten = await failure(loadCifar10({ dir }));
  expect(ten.message).toContain('data_batch_5.bin');
  const hundred = await failure(loadCifar100({ dir, labels: 'coarse' }));
  expect(hundred.message).toContain('https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz');
  await expect(loadCifar10({ dir, labels: 'fine' } as { dir: string })).rejects.toThrow('labels');
});

test('files as bytes are checked in the same way', async () => {
  const empty = await failure(parseCifar10({}));
  expect(empty.message).toContain('data_batch_1.bin');
  const short = await failure(parseCifar100({ 'train.bin': Buffer.alloc(3074) }));
  expect(short.code).toBe('size');
  await expect(
    parseCifar10({ 'data_batch_1.bin': 'text' as unknown as Uint8Array }),
  ).rejects.toThrow("files['data_batch_1.bin']");
});
