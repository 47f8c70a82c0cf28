import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  downloadFile,
  type DownloadOptions,
  type DownloadProgress,
  fetchBytes,
} from '@mnet/core/download';
import { Random } from '@mnet/core/random';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type Answer,
  breakAfter,
  rangeStart,
  received,
  send,
  serve,
  type TestServer,
} from '../../../tools/http/range-server.mjs';
import { failure, temporaryFolder } from './helpers/files.ts';

const random = new Random(1);
const archive = Buffer.from(Uint8Array.from({ length: 300_000 }, () => random.next() & 255));
const md5 = createHash('md5').update(archive).digest('hex');
const sha256 = createHash('sha256').update(archive).digest('hex');

afterEach(() => {
  vi.unstubAllGlobals();
});

interface Attempt {
  readonly dir: string;
  readonly path: string;
  readonly server: TestServer;
  readonly progress: DownloadProgress[];
  run(options?: Partial<DownloadOptions>): Promise<void>;
}

/** A download from a server that answers so; what is known of the file is its size and digest. */
async function attempt(
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
        onProgress: (p) => {
          progress.push(p);
          if (p.phase === 'download') received(p.loaded);
        },
        ...options,
      }),
  };
}

/** Everything that must hold after a download that went well. */
async function expectWhole({ dir, path }: Attempt, download: Promise<void>): Promise<void> {
  await download;
  expect(archive.equals(await readFile(path))).toBe(true);
  expect(await readdir(dir)).toEqual(['archive.bin']);
}

describe('a file whose size and digest are known', () => {
  test('is there whole, and is not asked for again', async () => {
    const a = await attempt((request, response) => send(request, response, archive));
    await expectWhole(a, a.run());
    const phases = [...new Set(a.progress.map(({ phase }) => phase))];
    expect(phases).toEqual(['download', 'verify']);
    expect(a.progress.findLast(({ phase }) => phase === 'download')).toEqual({
      phase: 'download',
      path: a.path,
      loaded: archive.length,
      total: archive.length,
    });
    await expectWhole(a, a.run());
    expect(a.server.requests).toHaveLength(1);
  });

  test('may have any folder, which is made, and a SHA-256', async () => {
    const a = await attempt((request, response) => send(request, response, archive));
    const path = join(a.dir, 'new', 'folder', 'archive.bin');
    await a.run({ path, digest: `sha256:${sha256.toUpperCase()}` });
    expect(archive.equals(await readFile(path))).toBe(true);
  });

  test('leaves nothing where its digest is wrong, and the next run starts clean', async () => {
    const altered = Buffer.from(archive);
    altered[1234]! ^= 1;
    const a = await attempt((request, response, n) =>
      send(request, response, n === 0 ? altered : archive),
    );
    const error = await failure(a.run());
    expect(error).toMatchObject({ code: 'digest', path: a.path });
    expect(error.message).toContain(`expected ${md5}`);
    expect(await readdir(a.dir)).toEqual([]);
    await expectWhole(a, a.run());
  });

  test('is told by its size where the server offers another', async () => {
    const a = await attempt((_, response) => response.end('Please log in to this network'));
    const error = await failure(a.run());
    expect(error.code).toBe('size');
    expect(error.message).toMatch(/offers 29 bytes \(no content type\), expected 300,000 bytes/);
    expect(await readdir(a.dir)).toEqual([]);
  });

  test('does not ask again for a part that is whole', async () => {
    const a = await attempt((_, response) => response.destroy());
    await writeFile(join(a.dir, 'archive.bin.part'), archive);
    await expectWhole(a, a.run());
    expect(a.server.requests).toHaveLength(0);
  });

  test('starts over where the part is longer than the archive', async () => {
    const a = await attempt((request, response) => send(request, response, archive));
    await writeFile(
      join(a.dir, 'archive.bin.part'),
      Buffer.concat([archive, archive.subarray(0, 9)]),
    );
    await expectWhole(a, a.run());
    expect(a.server.requests[0]!.range).toBeUndefined();
  });

  test('takes 200 in place of 206 as the whole file', async () => {
    const a = await attempt((_, response) => {
      response.writeHead(200, { 'content-length': archive.length });
      response.end(archive);
    });
    await writeFile(join(a.dir, 'archive.bin.part'), Buffer.alloc(1_000, 7));
    await expectWhole(a, a.run());
    expect(a.server.requests[0]!.range).toBe('bytes=1000-');
  });

  test('starts over where the file changed between two attempts (If-Range)', async () => {
    const other = Buffer.alloc(archive.length, 1);
    const a = await attempt((request, response, n) =>
      n === 0
        ? send(request, response, other, { count: 100_000, etag: '"old"' })
        : send(request, response, archive, { etag: '"new"' }),
    );
    await expectWhole(a, a.run());
    expect(a.server.requests[1]!['if-range']).toBe('"old"');
  });

  test('starts over where the file changed and the server does not know If-Range', async () => {
    const other = Buffer.alloc(archive.length, 1);
    const a = await attempt((request, response, n) => {
      if (n === 0) return send(request, response, other, { count: 100_000, etag: '"old"' });
      delete request.headers['if-range'];
      send(request, response, archive, { etag: '"new"' });
    });
    await expectWhole(a, a.run());
    expect(a.server.requests.map(({ range }) => range)).toEqual([
      undefined,
      'bytes=100000-',
      undefined,
    ]);
  });

  test('sends no If-Range for a weak ETag', async () => {
    const a = await attempt((request, response, n) =>
      send(request, response, archive, { etag: 'W/"1"', ...(n === 0 && { count: 100_000 }) }),
    );
    await expectWhole(a, a.run());
    expect(a.server.requests[1]!['if-range']).toBeUndefined();
  });

  test('starts over at 416', async () => {
    const a = await attempt((request, response) => {
      if (rangeStart(request) > 0) {
        response.writeHead(416, { 'content-range': `bytes */${archive.length}` }).end();
      } else send(request, response, archive);
    });
    await writeFile(join(a.dir, 'archive.bin.part'), archive.subarray(0, 5_000));
    await expectWhole(a, a.run());
    expect(a.server.requests.map(({ range }) => range)).toEqual(['bytes=5000-', undefined]);
  });

  test.each(['bytes 0-99/100', `bytes 100-200/${archive.length}`, 'nonsense', undefined])(
    'starts over at the wrong content-range %j',
    async (range) => {
      const a = await attempt((request, response) => {
        if (rangeStart(request) === 0) return send(request, response, archive);
        response.writeHead(206, range === undefined ? {} : { 'content-range': range });
        response.end(archive.subarray(100, 201));
      });
      await writeFile(join(a.dir, 'archive.bin.part'), archive.subarray(0, 5_000));
      await expectWhole(a, a.run());
    },
  );

  test('starts over, once, where an earlier run left wrong bytes', async () => {
    const a = await attempt((request, response) => send(request, response, archive));
    await writeFile(join(a.dir, 'archive.bin.part'), Buffer.alloc(5_000, 3));
    await expectWhole(a, a.run());
    expect(a.server.requests.map(({ range }) => range)).toEqual(['bytes=5000-', undefined]);
  });

  test('ends a connection that went silent, and goes on', async () => {
    const a = await attempt((request, response, n) => {
      if (n > 0) return send(request, response, archive);
      response.writeHead(200, { 'content-length': archive.length });
      response.write(archive.subarray(0, 100_000));
    });
    // As many attempts as it takes: on a slow machine even a good answer may come too late.
    await expectWhole(a, a.run({ stallTimeout: 150, retries: 1_000 }));
    const retry = a.progress.find(({ phase }) => phase === 'retry');
    expect(retry!.error!.message).toContain('nothing came for 0.15 s');
  });

  test('gives up on a server that sends a byte now and then', async () => {
    const a = await attempt((_, response) => {
      response.writeHead(200, { 'content-length': archive.length });
      const drip = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(drip));
    });
    const error = await failure(a.run({ stallTimeout: 300, retries: 1 }));
    expect(error.code).toBe('network');
    expect(error.message).toMatch(/(no more than [\d,]+ bytes?|nothing) came for 0\.3 s/);
  });

  test('gives up on a server that never answers, and says so', async () => {
    const a = await attempt(() => {});
    const error = await failure(a.run({ stallTimeout: 40, retries: 1 }));
    expect(error.code).toBe('network');
    expect(error.message).toContain(a.server.url);
    expect(error.message).toContain('2 times in a row');
    expect(a.progress.filter(({ phase }) => phase === 'retry')).toHaveLength(1);
  });

  test('waits for a server that is busy, as long as it asks', async () => {
    const a = await attempt((request, response, n) => {
      if (n === 0) response.writeHead(503, { 'retry-after': '1' }).end();
      else if (n === 1) response.writeHead(429).end();
      else send(request, response, archive);
    });
    await expectWhole(a, a.run());
    const delays = a.progress.filter(({ phase }) => phase === 'retry').map(({ delay }) => delay);
    expect(delays).toEqual([1000, 2]);
  });

  test('nobody listening is a network error', async () => {
    const a = await attempt(() => {});
    const error = await failure(a.run({ url: 'http://127.0.0.1:1/archive.tar.gz', retries: 1 }));
    expect(error.code).toBe('network');
    expect(error.message).toMatch(/ECONNREFUSED|bad port/);
  });

  test('a body without end is cut at the expected size', async () => {
    const a = await attempt((_, response) => {
      response.writeHead(200);
      const more = (): void => {
        if (!response.destroyed) response.write(archive, more);
      };
      more();
    });
    const error = await failure(a.run());
    expect(error.code).toBe('size');
    // Nor are its bytes what the next run goes on from.
    expect(await readdir(a.dir)).toEqual([]);
  });

  test('chunked transfer, without a length, works', async () => {
    const a = await attempt((_, response) => {
      response.writeHead(200);
      response.write(archive.subarray(0, 1_000));
      response.end(archive.subarray(1_000));
    });
    await expectWhole(a, a.run());
  });

  test('a content encoding is refused', async () => {
    const a = await attempt((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': archive.length });
      response.end(archive);
    });
    const error = await failure(a.run());
    expect(error.message).toContain('content-encoding gzip');
    expect(a.server.requests[0]!['accept-encoding']).toBe('identity');
  });

  test('follows a redirect', async () => {
    const a = await attempt((request, response) => {
      if (request.url === '/archive.tar.gz') response.writeHead(302, { location: '/other' }).end();
      else send(request, response, archive);
    });
    await expectWhole(a, a.run());
  });

  test.each([
    ['http://', "redirects to 'http://', which is no http or https address", 1],
    ['file:///etc/hostname', "redirects to 'file:///etc/hostname'", 1],
    ['ftp://example.org/a.tar.gz', "redirects to 'ftp://example.org/a.tar.gz'", 1],
    ['/archive.tar.gz', 'redirects more than 10 times', 11],
  ])('a redirect to %s is an error at once', async (location, message, requests) => {
    const a = await attempt((_, response) => response.writeHead(302, { location }).end());
    const error = await failure(a.run());
    expect(error.code).toBe('http');
    expect(error.message).toContain(`${a.server.url} ${message}`);
    expect(a.server.requests).toHaveLength(requests);
    expect(await readdir(a.dir)).toEqual([]);
  });

  // /dev/full takes no byte, as a full disk does; only some systems have it.
});

describe('a file of which nothing is known', () => {
  const etag = '"v1"';

  test('is whole where the server says so', async () => {
    const a = await attempt((request, response) => send(request, response, archive), {});
    await expectWhole(a, a.run());
    expect(a.progress.map(({ phase }) => phase)).not.toContain('verify');
  });

  test('goes on after a dropped connection, and after a process that was killed', async () => {
    const a = await attempt(
      (request, response, n) => send(request, response, archive, n < 2 ? { count: 100_000 } : {}),
      {},
    );
    // One attempt, as if the process had ended there.
    const error = await failure(a.run({ retries: 0 }));
    expect(error.code).toBe('network');
    expect(error.message).toContain(`100,000 bytes of 300,000 bytes are kept in ${a.path}.part`);
    expect(await readdir(a.dir)).toEqual(['archive.bin.part', 'archive.bin.part.json']);
    await expectWhole(a, a.run());
    expect(a.server.requests.map(({ range }) => range)).toEqual([
      undefined,
      'bytes=100000-',
      'bytes=200000-',
    ]);
    expect(a.server.requests.map((headers) => headers['if-range'])).toEqual([
      undefined,
      etag,
      etag,
    ]);
  });

  test('is begun anew where another version of it is there meanwhile', async () => {
    const other = Buffer.alloc(archive.length, 1);
    const a = await attempt(
      (request, response, n) =>
        n === 0
          ? send(request, response, other, { count: 100_000, etag: '"old"' })
          : send(request, response, archive, { etag: '"new"' }),
      {},
    );
    await failure(a.run({ retries: 0 }));
    await expectWhole(a, a.run());
    expect(a.server.requests[1]!['if-range']).toBe('"old"');
  });

  test.each([
    ['no note', undefined],
    ['a note that is no JSON', '{"validator'],
    ['a note that says nothing', '{"validator":5,"bytes":-0.5,"sha256":"abc"}'],
  ])('is begun anew where an earlier run left a part with %s', async (_, note) => {
    const a = await attempt((request, response) => send(request, response, archive), {});
    await writeFile(`${a.path}.part`, Buffer.alloc(1000, 7));
    if (note !== undefined) await writeFile(`${a.path}.part.json`, note);
    await expectWhole(a, a.run());
    expect(a.server.requests.map(({ range }) => range)).toEqual([undefined]);
  });

  test('is begun anew, also in one run, where nothing says which version it is', async () => {
    const a = await attempt((_, response, n) => {
      response.writeHead(200, { 'content-length': archive.length });
      if (n === 1) response.end(archive);
      else breakAfter(response, archive.subarray(0, 100_000));
    }, {});
    await expectWhole(a, a.run());
    expect(a.server.requests.map(({ range }) => range)).toEqual([undefined, undefined]);
    await rm(a.path);
    const error = await failure(a.run({ retries: 0 }));
    expect(error.message).toMatch(
      /failed 1 times in a row: .*\. Run again, or give another address/,
    );
    expect(await readdir(a.dir)).toEqual([]);
  });

  test('is not asked for where an earlier run ended before its last step', async () => {
    const a = await attempt((_, response) => response.destroy(), {});
    await writeFile(`${a.path}.part`, archive);
    const note = { validator: etag, bytes: archive.length, sha256 };
    await writeFile(`${a.path}.part.json`, JSON.stringify(note));
    await expectWhole(a, a.run());
    expect(a.server.requests).toHaveLength(0);
  });

  test('has the digest that the server publishes on the way, or is refused', async () => {
    let published = 'ab'.repeat(32);
    const a = await attempt((request, response) => {
      if (request.url !== '/stored') {
        const headers = { location: '/stored', 'x-linked-etag': `"${published}"` };
        response.writeHead(302, headers).end();
      } else send(request, response, archive);
    }, {});
    const error = await failure(a.run());
    expect(error.code).toBe('digest');
    expect(error.message).toContain(`has sha256 ${sha256}, expected ${published}`);
    expect(await readdir(a.dir)).toEqual([]);
    // The caller's own word counts for more.
    await expectWhole(a, a.run({ digest: `sha256:${sha256}` }));
    await rm(a.path);
    published = sha256;
    await expectWhole(a, a.run());
  });

  test.each([
    ['at once, by its length', true, /offers 300,000 bytes, over the limit of 1,000 bytes/],
    ['as it comes', false, /sends too many bytes, over the limit of 1,000 bytes \(maxBytes\)/],
  ])('is refused where it is too large: %s', async (_, stated, message) => {
    const a = await attempt((request, response) => {
      if (stated) return send(request, response, archive);
      response.writeHead(200);
      response.end(archive);
    }, {});
    const error = await failure(a.run({ maxBytes: 1000 }));
    expect(error.code).toBe('size');
    expect(error.message).toMatch(message);
    expect(await readdir(a.dir)).toEqual([]);
  });

  test('is looked at before it gets its name', async () => {
    const a = await attempt((request, response) => send(request, response, archive), {});
    const looked: string[] = [];
    const check = async (part: string): Promise<void> => {
      expect(archive.equals(await readFile(part))).toBe(true);
      looked.push(part);
      if (looked.length === 1) throw new RangeError('not to my liking');
    };
    await expect(a.run({ check })).rejects.toThrow(new RangeError('not to my liking'));
    expect(await readdir(a.dir)).toEqual([]);
    await expectWhole(a, a.run({ check }));
    expect(looked).toEqual([`${a.path}.part`, `${a.path}.part`]);
  });

  test('a part of a file that nobody asked for is refused', async () => {
    const a = await attempt((_, response) => {
      response.writeHead(206, { 'content-range': 'bytes 0-99/300000' });
      response.end(archive.subarray(0, 100));
    }, {});
    expect((await failure(a.run())).message).toContain('answered HTTP 206 to a request for all');
  });

  test('an error of onProgress ends the download and comes through', async () => {
    const a = await attempt((request, response) => send(request, response, archive), {});
    const onProgress = (): void => {
      throw new RangeError('mine');
    };
    await expect(a.run({ onProgress })).rejects.toThrow(new RangeError('mine'));
  });
});

describe('who wants the same file', () => {
  test('waits for the first, and asks for nothing', async () => {
    const a: Attempt = await attempt((request, response) => {
      // Answered when the others wait.
      const look = setInterval(() => {
        if (a.progress.filter(({ phase }) => phase === 'wait').length < 2) return;
        clearInterval(look);
        send(request, response, archive);
      }, 10);
    }, {});
    await Promise.all([a.run(), a.run(), a.run()]);
    await expectWhole(a, Promise.resolve());
    expect(a.server.requests).toHaveLength(1);
  });
});

describe('secrets', () => {
  test('headers go to the address itself, and to no other host that it redirects to', async () => {
    const storage = await serve((request, response) => send(request, response, archive));
    const a = await attempt((request, response) => {
      const location = request.url === '/here' ? storage.url : '/here';
      response.writeHead(302, { location }).end();
    }, {});
    await expectWhole(a, a.run({ headers: { authorization: 'Bearer abc' } }));
    const sent = a.server.requests.map(({ authorization }) => authorization);
    expect(sent).toEqual(['Bearer abc', 'Bearer abc']);
    expect(storage.requests.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  test('stay out of errors where they are in the address', async () => {
    const a = await attempt((_, response) => response.writeHead(404).end(), {});
    const error = await failure(a.run({ url: `${a.server.url}?token=secret` }));
    expect(error.message).toContain(`${a.server.url} answered HTTP 404`);
    expect(error.message).not.toContain('secret');
  });

  test('are not sent in the clear where https redirects to http', async () => {
    const a = await attempt(() => {}, {});
    const asked: string[] = [];
    vi.stubGlobal('fetch', async (url: URL) => {
      asked.push(url.href);
      return new Response(null, { status: 302, headers: { location: a.server.url } });
    });
    const error = await failure(a.run({ url: 'https://example.org/archive.bin' }));
    expect(error.message).toContain('redirects from https to http (127.0.0.1:');
    expect(asked).toEqual(['https://example.org/archive.bin']);
  });
});

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
        onProgress: (p) => {
          progress.push(p);
          if (p.phase === 'download') received(p.loaded);
        },
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

test.each([
  ['url', 'ftp://example.org/a.bin'],
  ['path', ''],
  ['digest', 'abc'],
  ['digest', `sha1:${'a'.repeat(40)}`],
  ['bytes', -1],
  ['maxBytes', 0.5],
  ['headers', { authorization: 5 }],
  ['headers', null],
  ['retries', -1],
  ['stallTimeout', 0],
  ['signal', {}],
  ['onProgress', true],
  ['check', 'yes'],
  ['chekc', () => {}],
])('the option %s: %j is refused by name', async (key, value) => {
  const a = await attempt((request, response) => send(request, response, archive));
  await expect(a.run({ [key]: value })).rejects.toThrow(key);
  expect(a.server.requests).toHaveLength(0);
});

test('a folder that cannot be made is named', async () => {
  const a = await attempt(() => {});
  await writeFile(join(a.dir, 'plain'), '');
  const path = join(a.dir, 'plain', 'archive.bin');
  expect((await failure(a.run({ path }))).message).toMatch(/archive\.bin: ENOTDIR while/);
});

test('a folder in the place of the file is named, before anything is asked for', async () => {
  const a = await attempt((request, response) => send(request, response, archive));
  await mkdir(a.path);
  expect((await failure(a.run())).message).toBe(`${a.path}: is a folder, takes a file`);
  expect(a.server.requests).toHaveLength(0);
});
