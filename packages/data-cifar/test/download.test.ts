import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Splits } from '@mnet/data';
import { type LoadOptions, type LoadProgress, loadCifar } from '@mnet/data-cifar';
import { expect, test } from 'vitest';
import { failure } from './helpers/failure.ts';
import {
  describing,
  honestEntries,
  listing,
  makeFiles,
  small10,
  tarGz,
  temporaryFolder,
} from './helpers/fixture.ts';
import { gate } from './helpers/gate.ts';
import {
  type Answer,
  breakAfter,
  keepProgress,
  send,
  serve,
  type TestServer,
} from '../../../tools/http/range-server.mjs';

const archive = tarGz(honestEntries(small10));
const source = describing(small10, archive);
const pixels = makeFiles(small10)['test_batch.bin']!;

interface Attempt {
  readonly dir: string;
  readonly server: TestServer;
  readonly progress: LoadProgress[];
  run(options?: Partial<LoadOptions>): Promise<Splits>;
}

/** A load with `download: true` from a server that answers so. */
async function attempt(answer: Answer): Promise<Attempt> {
  const dir = await temporaryFolder();
  const server = await serve(answer);
  const progress: LoadProgress[] = [];
  return {
    dir,
    server,
    progress,
    run: (options) =>
      loadCifar(source, {
        dir,
        download: true,
        url: server.url,
        validation: 10,
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
async function expectLoaded({ dir }: Attempt, splits: Splits): Promise<void> {
  expect(splits.test.images[0]).toBe(pixels[1]);
  expect(splits.train.length).toBe(70);
  const files = Object.keys(makeFiles(small10)).map((name) => `cifar-10-batches-bin/${name}`);
  expect(await listing(dir)).toEqual(
    [
      'cifar-10-batches-bin',
      ...files,
      'cifar-10-batches-bin/readme.html',
      'cifar-10-binary.tar.gz',
    ].toSorted(),
  );
  expect(archive.equals(await readFile(join(dir, 'cifar-10-binary.tar.gz')))).toBe(true);
}

test('downloads, checks, unpacks, and keeps archive and files', async () => {
  const a = await attempt((request, response) => send(request, response, archive));
  await expectLoaded(a, await a.run());
  expect(a.server.requests).toHaveLength(1);
  const phases = [...new Set(a.progress.map(({ phase }) => phase))];
  expect(phases).toEqual(['download', 'verify', 'unpack', 'read']);
  const downloads = a.progress.filter(({ phase }) => phase === 'download');
  expect(downloads.at(-1)).toMatchObject({ loaded: archive.length, total: archive.length });
  // The second load reads the files.
  await expectLoaded(a, await a.run({ download: false }));
  expect(a.server.requests).toHaveLength(1);
});

test('makes the folder if need be', async () => {
  const a = await attempt((request, response) => send(request, response, archive));
  const dir = join(a.dir, 'new', 'folder');
  expect((await a.run({ dir })).test.length).toBe(20);
  expect(await listing(dir)).toContain('cifar-10-batches-bin/test_batch.bin');
});

test('fetches nothing without download: true', async () => {
  const a = await attempt((request, response) => send(request, response, archive));
  const error = await failure(a.run({ download: false }));
  expect(error.code).toBe('missing');
  expect(error.message).toContain(a.dir);
  expect(error.message).toContain('download: true');
  expect(a.server.requests).toHaveLength(0);
  expect(await listing(a.dir)).toEqual([]);
});

test('resumes a broken connection where it stopped, with If-Range', async () => {
  const a = await attempt((request, response, n) =>
    send(request, response, archive, n < 2 ? { count: 100_000 } : {}),
  );
  await expectLoaded(a, await a.run());
  const starts = a.server.requests.map(({ range }) => Number(/\d+/.exec(range ?? '0')![0]));
  expect(starts[0]).toBe(0);
  expect(starts[1]).toBeGreaterThan(0);
  expect(starts[2]).toBeGreaterThan(starts[1]!);
  expect(a.server.requests.map((headers) => headers['if-range'])).toEqual([
    undefined,
    '"v1"',
    '"v1"',
  ]);
  expect(a.progress.filter(({ phase }) => phase === 'retry')).toHaveLength(2);
});

test('resumes what an earlier run left', async () => {
  const a = await attempt((request, response) => send(request, response, archive));
  await writeFile(join(a.dir, 'cifar-10-binary.tar.gz.part'), archive.subarray(0, 200_000));
  await expectLoaded(a, await a.run());
  expect(a.server.requests.map(({ range }) => range)).toEqual(['bytes=200000-']);
});

test('gives up on a server that always stops at the same place, and keeps the part', async () => {
  const a = await attempt((_, response) => {
    response.writeHead(200, { 'content-length': archive.length });
    breakAfter(response, archive.subarray(0, 100_000));
  });
  const error = await failure(a.run());
  expect(error.code).toBe('network');
  expect(error.message).toContain('.part');
  // The first attempt made progress; the following ones did not.
  expect(a.server.requests.length).toBeLessThanOrEqual(5);
  expect(await listing(a.dir)).toEqual(['cifar-10-binary.tar.gz.part']);
});

test.each([404, 403, 410, 204])('HTTP %i is an error at once', async (status) => {
  const a = await attempt((_, response) => response.writeHead(status).end());
  const error = await failure(a.run());
  expect(error.code).toBe('http');
  expect(error.message).toContain(`HTTP ${status}`);
  expect(error.message).toContain(a.server.url);
  expect(error.message).toContain('url');
  expect(a.server.requests).toHaveLength(1);
  expect(await listing(a.dir)).toEqual([]);
});

test('a page in place of the archive is told by its size', async () => {
  const a = await attempt((_, response) => {
    const page = 'Please log in to this network';
    response.writeHead(200, { 'content-type': 'text/html', 'content-length': page.length });
    response.end(page);
  });
  const error = await failure(a.run());
  expect(error.code).toBe('size');
  expect(error.message).toContain('text/html');
  expect(await listing(a.dir)).toEqual([]);
});

test('a wrong digest leaves nothing behind, and the next run starts clean', async () => {
  const altered = Buffer.from(archive);
  altered[1234]! ^= 1;
  const a = await attempt((request, response, n) =>
    send(request, response, n === 0 ? altered : archive),
  );
  const error = await failure(a.run());
  expect(error.code).toBe('digest');
  expect(error.message).toContain(source.md5);
  expect(error.message).toContain('cifar-10-binary.tar.gz');
  expect(await listing(a.dir)).toEqual([]);
  await expectLoaded(a, await a.run());
  expect(a.server.requests[1]!.range).toBeUndefined();
});

test('an abort ends a download at once and keeps the part for the next run', async () => {
  const a = await attempt((request, response, n) => {
    if (n > 0) return send(request, response, archive);
    response.writeHead(200, { 'content-length': archive.length });
    response.write(archive.subarray(0, 150_000));
  });
  const abort = new AbortController();
  const reason = new Error('enough');
  const running = a.run({
    signal: abort.signal,
    onProgress: ({ phase, loaded }) => {
      if (phase === 'download' && loaded >= 150_000) abort.abort(reason);
    },
  });
  await expect(running).rejects.toBe(reason);
  expect(await listing(a.dir)).toEqual(['cifar-10-binary.tar.gz.part']);
  await expectLoaded(a, await a.run());
  expect(a.server.requests[1]!.range).toBe('bytes=150000-');
});

test('a signal that is aborted already starts nothing', async () => {
  const a = await attempt((request, response) => send(request, response, archive));
  await expect(a.run({ signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
  expect(a.server.requests).toHaveLength(0);
});

test.runIf(existsSync('/dev/full'))('a full disk is named', async () => {
  const a = await attempt((request, response) => send(request, response, archive));
  await symlink('/dev/full', join(a.dir, 'cifar-10-binary.tar.gz.part'));
  const error = await failure(a.run());
  expect(error.code).toBe('disk-full');
  expect(error.message).toContain('cifar-10-binary.tar.gz.part');
  expect(error.message).toContain('ENOSPC');
  expect(await listing(a.dir)).not.toContain('cifar-10-binary.tar.gz');
});

test('loads at the same time share one download', async () => {
  const waiting = new Set<number>();
  const bothWait = gate();
  const a = await attempt((request, response) => {
    void bothWait.opened.then(() => send(request, response, archive));
  });
  const load = (n: number): Promise<Splits> =>
    a.run({
      onProgress: ({ phase }) => {
        if (phase === 'wait' && waiting.add(n).size === 2) bothWait.open();
      },
    });
  const all = await Promise.all([load(0), load(1), load(2)]);
  for (const splits of all) await expectLoaded(a, splits);
  expect(a.server.requests).toHaveLength(1);
});

test('waiting for another load can be aborted', async () => {
  const asked = gate();
  const a = await attempt(() => asked.open());
  const first = new AbortController();
  const second = new AbortController();
  const holding = a.run({ signal: first.signal });
  // It has the lock when it asks the server, which never answers.
  await asked.opened;
  const waiting = a.run({
    signal: second.signal,
    onProgress: ({ phase }) => phase === 'wait' && second.abort(new Error('not any more')),
  });
  await expect(waiting).rejects.toThrow(/not any more|abort/);
  first.abort(new Error('done'));
  await expect(holding).rejects.toThrow('done');
  expect(await listing(a.dir)).toEqual([]);
});

test('a lock that a killed process left is taken over', async () => {
  const a = await attempt((request, response) => send(request, response, archive));
  const lock = join(a.dir, 'cifar-10-binary.tar.gz.lock');
  await mkdir(lock);
  const past = new Date(Date.now() - 60_000);
  await utimes(lock, past, past);
  await expectLoaded(a, await a.run());
});

test.each([
  ['dir', ''],
  ['dir', 3],
  ['download', 'yes'],
  ['url', 'ftp://example.org/a.tar.gz'],
  ['url', 'archive.tar.gz'],
  ['retries', -1],
  ['retryDelay', 1.5],
  ['stallTimeout', 0],
  ['signal', {}],
  ['onProgress', true],
  ['validation', 81],
  ['validation', -1],
  ['seed', 0.5],
  ['labels', 'both'],
  ['downlaod', true],
])('the option %s: %j is refused by name', async (key, value) => {
  const a = await attempt((request, response) => send(request, response, archive));
  await expect(a.run({ [key]: value })).rejects.toThrow(key);
  expect(a.server.requests).toHaveLength(0);
});
