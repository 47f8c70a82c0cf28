import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadFile, type DownloadOptions, type DownloadProgress } from '@mnet/core/download';
import { Random } from '@mnet/core/random';
import { expect } from 'vitest';
import {
  type Answer,
  keepProgress,
  serve,
  type TestServer,
} from '../../../../tools/http/range-server.mjs';
import { temporaryFolder } from './files.ts';

const random = new Random(1);
/** What is downloaded. */
export const archive = Buffer.from(Uint8Array.from({ length: 300_000 }, () => random.next() & 255));
export const md5 = createHash('md5').update(archive).digest('hex');
export const sha256 = createHash('sha256').update(archive).digest('hex');

/** A download, and what its server was asked. */
export interface Attempt {
  readonly dir: string;
  readonly path: string;
  readonly server: TestServer;
  readonly progress: DownloadProgress[];
  run(options?: Partial<DownloadOptions>): Promise<void>;
}

/** A download from a server that answers so; what is known of the file is its size and digest. */
export async function attempt(
  answer: Answer,
  known: Partial<DownloadOptions> = { bytes: archive.length, digest: `md5:${md5}` },
): Promise<Attempt> {
  const dir = await temporaryFolder();
  const server = await serve(answer);
  const progress: DownloadProgress[] = [];
  const path = join(dir, 'archive.bin');
  return {
    dir,
    path,
    server,
    progress,
    run: (options) =>
      downloadFile({
        url: server.url,
        path,
        ...known,
        retries: 3,
        retryDelay: 1,
        // A machine that takes its time is no stalled server.
        stallTimeout: 3_600_000,
        onProgress: keepProgress(progress),
        ...options,
      }),
  };
}

/** Everything that must hold after a download that went well. */
export async function expectWhole({ dir, path }: Attempt, download: Promise<void>): Promise<void> {
  await download;
  expect(archive.equals(await readFile(path))).toBe(true);
  expect(await readdir(dir)).toEqual(['archive.bin']);
}
