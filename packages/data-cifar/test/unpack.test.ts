import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type DataFileError, loadCifar } from '@mnet/data-cifar';
import { expect, test } from 'vitest';
import { failure } from './helpers/failure.ts';
import {
  describing,
  type Entry,
  honestEntries,
  listing,
  small10,
  tarGz,
  temporaryFolder,
  writeFiles,
} from './helpers/fixture.ts';

const honest = honestEntries(small10);
const data = Buffer.from('data');

/** Loads from an archive whose digest is right but whose content is not; nothing of it may stay. */
async function refused(archive: Buffer): Promise<DataFileError> {
  const outer = await temporaryFolder();
  const dir = join(outer, 'data');
  await mkdir(dir);
  await writeFiles(dir, { 'cifar-10-binary.tar.gz': archive });
  const error = await failure(loadCifar(describing(small10, archive), { dir, validation: 10 }));
  expect(await listing(outer)).toEqual(['data', 'data/cifar-10-binary.tar.gz']);
  expect(error.code).toBe('archive');
  expect(error.message).toContain(join(dir, 'cifar-10-binary.tar.gz'));
  return error;
}

const hostile: [string, Entry, RegExp][] = [
  ['a path that climbs out', { path: '../outside.txt', data }, /leaves the folder/],
  ['a path that climbs out later', { path: 'a/../../outside.txt', data }, /leaves the folder/],
  ['an absolute path', { path: '/data-cifar-outside.txt', data }, /leaves the folder/],
  ['a drive letter', { path: 'C:/outside.txt', data }, /leaves the folder/],
  ['a backslash', { path: 'a\\..\\..\\outside.txt', data }, /leaves the folder/],
  ['a symbolic link', { path: 'x', type: 'SymbolicLink', linkpath: '/etc' }, /a SymbolicLink/],
  ['a hard link', { path: 'x', type: 'Link', linkpath: '../../secret' }, /a Link/],
  ['a device', { path: 'x', type: 'CharacterDevice', devmaj: 1, devmin: 3 }, /a CharacterDevice/],
  ['a pipe', { path: 'x', type: 'FIFO' }, /a FIFO/],
  ['a sparse file', { path: 'x', type: 'SparseFile', data }, /a SparseFile/],
  ['a file twice', honest[1]!, /twice/],
  ['a file in the place of a folder', { path: 'cifar-10-batches-bin', data }, /twice/],
];

test.each(hostile)('refuses %s', async (_, entry, message) => {
  expect((await refused(tarGz([entry, ...honest]))).message).toMatch(message);
  expect((await refused(tarGz([...honest, entry]))).message).toMatch(message);
});

test('refuses an archive that unpacks to far more than the data set', async () => {
  const bomb = { path: 'zeros', data: Buffer.alloc(20 * 1024 * 1024) };
  expect((await refused(tarGz([...honest, bomb]))).message).toContain('more than');
});

test('refuses an entry that announces far more than the data set', async () => {
  const entries = [...honest, { path: 'zeros', size: 2 ** 33 }];
  expect((await refused(tarGz(entries))).message).toContain('more than');
});

test('refuses more entries than any data set has', async () => {
  const many = Array.from({ length: 1_001 }, (_, i) => ({ path: `empty-${i}` }));
  expect((await refused(tarGz(many))).message).toContain('1000 entries');
});

test('refuses what is no gzip, a cut gzip, no tar, a cut tar, a gzip in a gzip', async () => {
  const good = tarGz(honest);
  expect((await refused(Buffer.from('hello, I am not an archive'))).message).toContain('gzip');
  expect((await refused(good.subarray(0, good.length - 20_000))).message).toContain('gzip');
  expect((await refused(gzipSync(Buffer.alloc(2_000, 65)))).message).toContain('tar');
  const tar = gunzipSync(good);
  expect((await refused(gzipSync(tar.subarray(0, tar.length - 4_000)))).message).toContain('tar');
  expect((await refused(gzipSync(good))).message).toContain('in a gzip file');
});

test('refuses a damaged header', async () => {
  const tar = gunzipSync(tarGz(honest));
  tar[3] = tar[3]! ^ 4;
  expect((await refused(gzipSync(tar))).message).toContain('checksum');
});

test('refuses an archive without the folder, and one whose file is too short', async () => {
  expect((await refused(tarGz([{ path: 'other/readme.txt', data }]))).message).toContain(
    'holds no cifar-10-batches-bin',
  );
  const short = honest.map((entry) =>
    entry.path.endsWith('test_batch.bin') ? { ...entry, data: entry.data!.subarray(0, 99) } : entry,
  );
  const archive = tarGz(short);
  const dir = await writeFiles(await temporaryFolder(), { 'cifar-10-binary.tar.gz': archive });
  const error = await failure(loadCifar(describing(small10, archive), { dir, validation: 10 }));
  expect(error.code).toBe('size');
  expect(error.message).toContain('test_batch.bin');
  expect(await listing(dir)).toEqual(['cifar-10-binary.tar.gz']);
});

test('takes paths that begin with ./, and long ones', async () => {
  const name = `cifar-10-batches-bin/${'long/'.repeat(20)}name.txt`;
  const archive = tarGz([...honest.map((e) => ({ ...e, path: `./${e.path}` })), { path: name }]);
  const dir = await writeFiles(await temporaryFolder(), { 'cifar-10-binary.tar.gz': archive });
  const splits = await loadCifar(describing(small10, archive), { dir, validation: 10 });
  expect(splits.test.length).toBe(20);
  expect(await listing(dir)).toContain(name);
});

test('clears away what a killed unpacking left', async () => {
  const archive = tarGz(honest);
  expect(describing(small10, archive).md5).toBe(createHash('md5').update(archive).digest('hex'));
  const dir = await writeFiles(await temporaryFolder(), { 'cifar-10-binary.tar.gz': archive });
  await writeFiles(join(dir, 'cifar-10-batches-bin.part/cifar-10-batches-bin'), {
    'test_batch.bin': Buffer.alloc(7),
  });
  await loadCifar(describing(small10, archive), { dir, validation: 10 });
  expect(await listing(dir)).not.toContain('cifar-10-batches-bin.part');
});
