import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { breakAfter, send } from '../../../../tools/http/range-server.mjs';
import { archive, attempt, expectWhole, sha256 } from '../helpers/download.ts';
import { failure } from '../helpers/files.ts';

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
