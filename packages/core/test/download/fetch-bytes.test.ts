import { type DownloadProgress, fetchBytes } from '@mnet/core/download';
import { describe, expect, test } from 'vitest';
import { type Answer, keepProgress, send, serve } from '../../../../tools/http/range-server.mjs';
import { archive, md5 } from '../helpers/download.ts';
import { failure } from '../helpers/files.ts';

describe('fetchBytes', () => {
  /** Fetches from a server that answers so. */
  async function fetching(answer: Answer) {
    const server = await serve(answer);
    const progress: DownloadProgress[] = [];
    const run = (options: object = {}): Promise<Uint8Array> =>
      fetchBytes({
        url: `${server.url}?token=secret`,
        retries: 2,
        retryDelay: 1,
        stallTimeout: 3_600_000,
        onProgress: keepProgress(progress),
        ...options,
      });
    return { server, progress, run };
  }

  test('gives a file whole, over as many connections as it takes', async () => {
    const f = await fetching((request, response, n) => {
      if (n === 1) response.writeHead(503).end();
      else send(request, response, archive, n === 0 ? { count: 100_000 } : {});
    });
    expect(archive.equals(await f.run())).toBe(true);
    expect(f.server.requests.map(({ range }) => range)).toEqual([undefined, undefined, undefined]);
    expect(f.progress.filter(({ phase }) => phase === 'retry')).toHaveLength(2);
    expect(f.progress.at(-1)).toEqual({
      phase: 'download',
      path: f.server.url,
      loaded: archive.length,
      total: archive.length,
    });
  });

  test('takes a body that was compressed on the way', async () => {
    const { gzipSync } = await import('node:zlib');
    const f = await fetching((_, response) => {
      const body = gzipSync(archive);
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length });
      response.end(body);
    });
    expect(archive.equals(await f.run({ digest: `md5:${md5}` }))).toBe(true);
  });

  test.each<[string, Answer, object, string, RegExp]>([
    ['an absent file', (_, r) => r.writeHead(404).end(), {}, 'http', /HTTP 404.*check the address/],
    ['a gated file', (_, r) => r.writeHead(401).end(), {}, 'http', /it is private or gated; give/],
    [
      'a busy server',
      (_, r) => r.writeHead(503).end(),
      {},
      'network',
      /failed 3 times in a row: HTTP 503/,
    ],
    ['a part', (_, r) => r.writeHead(206).end('x'), {}, 'http', /HTTP 206 to a request for all/],
    ['a circle', (_, r) => r.writeHead(302, { location: '/' }).end(), {}, 'http', /more than 10/],
    ['a length', (q, r) => send(q, r, archive), { maxBytes: 9 }, 'size', /offers 300,000 bytes/],
    [
      'a body',
      (_, r) => {
        r.write('0123456789');
        r.end();
      },
      { maxBytes: 9 },
      'size',
      /too many bytes/,
    ],
    [
      'a digest',
      (q, r) => send(q, r, archive),
      { digest: `sha256:${'ab'.repeat(32)}` },
      'digest',
      /has sha256 [0-9a-f]{64}, expected abab/,
    ],
    [
      'a published digest',
      (q, r) => send(q, r, archive, { headers: { 'x-linked-etag': 'ab'.repeat(32) } }),
      {},
      'digest',
      /expected abab/,
    ],
  ])('names %s that it does not take', async (_, answer, options, code, message) => {
    const f = await fetching(answer);
    const error = await failure(f.run(options));
    expect(error).toMatchObject({ code, path: f.server.url });
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('secret');
  });

  test('can be aborted', async () => {
    const abort = new AbortController();
    const f = await fetching(() => abort.abort(new Error('enough')));
    await expect(f.run({ signal: abort.signal })).rejects.toThrow('enough');
    await expect(f.run({ signal: abort.signal })).rejects.toThrow('enough');
    expect(f.server.requests).toHaveLength(1);
  });
});
