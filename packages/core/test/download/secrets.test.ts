import { afterEach, describe, expect, test, vi } from 'vitest';
import { send, serve } from '../../../../tools/http/range-server.mjs';
import { archive, attempt, expectWhole } from '../helpers/download.ts';
import { failure } from '../helpers/files.ts';

afterEach(() => {
  vi.unstubAllGlobals();
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
