import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Random } from '@mnet/core/random';
import { type CifarSource, cifar10Source, cifar100Source } from '@mnet/data-cifar';
import { Header, type HeaderData } from 'tar';
import { onTestFinished } from 'vitest';

/** CIFAR-10 in small: two training files of 40 records and a test file of 20. */
export const small10: CifarSource = {
  ...cifar10Source,
  train: [
    { name: 'data_batch_1.bin', records: 40 },
    { name: 'data_batch_2.bin', records: 40 },
  ],
  test: [{ name: 'test_batch.bin', records: 20 }],
  perClass: { train: 8, test: 2 },
};

/** CIFAR-100 in small: each class twice in training, once in the test. */
export const small100: CifarSource = {
  ...cifar100Source,
  train: [{ name: 'train.bin', records: 200 }],
  test: [{ name: 'test.bin', records: 100 }],
  perClass: { train: 2, test: 1 },
};

/** The files of a source: labels in turn, pixels at random (so that gzip cannot shrink them). */
export function makeFiles(source: CifarSource, seed = 1): Record<string, Buffer> {
  const random = new Random(seed);
  const files: Record<string, Buffer> = {};
  const fineClasses = source.labels.find(({ kind }) => kind === 'fine')!.classes.length;
  for (const part of [source.train, source.test]) {
    let n = 0;
    for (const { name, records } of part) {
      const record = source.labels.length + 3072;
      const data = Buffer.alloc(records * record);
      for (let r = 0; r < records; r++, n++) {
        const fine = n % fineClasses;
        source.labels.forEach(({ kind }, k) => {
          data[r * record + k] = kind === 'fine' ? fine : source.coarseOfFine![fine]!;
        });
        for (let k = source.labels.length; k < record; k++) {
          data[r * record + k] = random.next() & 255;
        }
      }
      files[name] = data;
    }
  }
  return files;
}

/** A tar entry with any header, also one that no honest program would write. */
export interface Entry extends HeaderData {
  readonly path: string;
  readonly data?: Uint8Array;
}

/** A .tar.gz of exactly these entries. */
export function tarGz(entries: readonly Entry[]): Buffer {
  const blocks: Buffer[] = [];
  for (const { data = Buffer.alloc(0), ...header } of entries) {
    const block = Buffer.alloc(512);
    new Header({ type: 'File', mode: 0o644, size: data.length, ...header }).encode(block, 0);
    blocks.push(block, Buffer.from(data), Buffer.alloc(-data.length & 511));
  }
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]), { level: 1 });
}

/** The entries of an honest archive of the source. */
export function honestEntries(source: CifarSource, files = makeFiles(source)): Entry[] {
  const { folder } = source;
  return [
    { path: `${folder}/`, type: 'Directory' },
    ...Object.entries(files).map(([name, data]) => ({ path: `${folder}/${name}`, data })),
    { path: `${folder}/readme.html`, data: Buffer.from('<p>read me</p>') },
  ];
}

/** The source, describing this archive. */
export function describing(source: CifarSource, archive: Buffer): CifarSource {
  const md5 = createHash('md5').update(archive).digest('hex');
  return { ...source, md5, archiveBytes: archive.length };
}

/** A folder of its own for the running test, gone when it ends. */
export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'data-cifar-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Writes files into a folder, which is made. */
export async function writeFiles(
  folder: string,
  files: Record<string, Uint8Array>,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, data] of Object.entries(files)) await writeFile(join(folder, name), data);
  return folder;
}

/** Everything below a folder, sorted. */
export async function listing(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true }))
    .map((name) => name.replaceAll('\\', '/'))
    .toSorted();
}
