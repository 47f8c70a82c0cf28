import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rangeStart, send } from '../../../../tools/http/range-server.mjs';
import { archive, type Attempt, attempt, expectWhole, md5, sha256 } from '../helpers/download.ts';
import { failure } from '../helpers/files.ts';

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
