import { gunzipSync, gzipSync } from 'node:zlib';
import { type CifarSource, loadCifar, parseCifar, parseCifar10 } from '@mnet/data-cifar';
import { expect, test } from 'vitest';
import { failure } from './helpers/failure.ts';
import {
  describing,
  honestEntries,
  small10,
  small100,
  tarGz,
  temporaryFolder,
  writeFiles,
} from './helpers/fixture.ts';

const archive = tarGz(honestEntries(small10));
const source = describing(small10, archive);
const options = { validation: 10, seed: 3 };

test('an archive dropped into a page gives what loading it from a folder gives', async () => {
  const dir = await writeFiles(await temporaryFolder(), { 'cifar-10-binary.tar.gz': archive });
  const loaded = await loadCifar(source, { dir, ...options });
  const file = new File([new Uint8Array(archive)], 'cifar-10-binary.tar.gz');
  for (const dropped of [file, new Blob([new Uint8Array(archive)]), archive]) {
    expect(await parseCifar(source, dropped, options)).toEqual(loaded);
  }
});

test('names that begin with ./, and the labels of CIFAR-100', async () => {
  const entries = honestEntries(small100).map((e) => ({ ...e, path: `./${e.path}` }));
  const dotted = tarGz(entries);
  const splits = await parseCifar(describing(small100, dotted), dotted, {
    validation: 20,
    labels: 'coarse',
  });
  expect(splits.test.classes).toHaveLength(20);
});

/** The error of parsing bytes whose size and digest are right, but for what the source says. */
async function refused(data: Buffer, from: CifarSource = describing(small10, data)) {
  return failure(parseCifar(from, data, options));
}

test('another archive is told by its size, an altered one by its digest', async () => {
  const short = await failure(parseCifar10(new File([new Uint8Array(9)], 'mine.tar.gz')));
  expect(short.code).toBe('size');
  expect(short.path).toBe('mine.tar.gz');
  expect(short.message).toContain('9 bytes, expected 170,052,171 bytes');
  const altered = Buffer.from(archive);
  altered[999]! ^= 1;
  const error = await refused(altered, source);
  expect(error.code).toBe('digest');
  expect(error.message).toContain(source.md5);
});

test('what is no sound archive is an error that names it', async () => {
  const tar = gunzipSync(archive);
  const bomb = tarGz([...honestEntries(small10), { path: 'zeros', data: Buffer.alloc(2 ** 25) }]);
  const flipped = Buffer.from(tar);
  flipped[3]! ^= 4;
  for (const data of [
    Buffer.from('hello, I am not an archive'),
    archive.subarray(0, archive.length - 20_000),
    gzipSync(tar.subarray(0, tar.length - 100_000)),
    gzipSync(flipped),
    bomb,
  ]) {
    const error = await refused(data);
    expect(error.code).toBe('archive');
    expect(error.message).toMatch(/^cifar-10-binary\.tar\.gz: the archive cannot be unpacked: ./);
  }
});

/** An archive that can be read once, for its digest, and then fails with an error whose cause alone says why. */
class Torn extends Blob {
  #isRead = false;

  override stream(): ReturnType<Blob['stream']> {
    const whole = super.stream();
    if (!this.#isRead) {
      this.#isRead = true;
      return whole;
    }
    const error = new Error('', { cause: new Error('the disk was taken out') });
    return new ReadableStream({ start: (controller) => controller.error(error) });
  }
}

test('where an error says nothing itself, its cause does', async () => {
  const error = await failure(parseCifar(source, new Torn([new Uint8Array(archive)]), options));
  expect(error.code).toBe('archive');
  expect(error.message).toContain('cannot be unpacked: the disk was taken out');
});

test('a file that is missing, short, or a link is told as it is elsewhere', async () => {
  const entries = honestEntries(small10);
  const without = entries.filter(({ path }) => !path.endsWith('test_batch.bin'));
  const at = 'cifar-10-batches-bin/test_batch.bin';
  expect((await refused(tarGz(without))).code).toBe('missing');
  const link = { path: at, type: 'SymbolicLink' as const, linkpath: 'data_batch_1.bin' };
  expect((await refused(tarGz([...without, link]))).code).toBe('missing');
  const short = { path: at, data: Buffer.alloc(99) };
  expect((await refused(tarGz([...without, short]))).code).toBe('size');
});
