import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  type DownloadProgress,
  encodeSafetensors,
  readSafetensors,
  tensorValues,
  WeightsError,
  type WeightsSource,
} from '@mnet/models';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import { received, send, serve } from '../../../../tools/http/range-server.mjs';
import { nodeFlags } from '../../../../tools/processes/start.mjs';

const values = Float32Array.from({ length: 4000 }, (_, i) => i);
const bytes = encodeSafetensors(new Map([['w', { shape: [values.length], values }]]));
const sha256 = createHash('sha256').update(bytes).digest('hex');
const otherSha256 = 'ab'.repeat(32);

/** What the server does with each path. */
const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  '/w.safetensors': (_, response) => response.end(bytes),
  '/chunked': (_, response) => {
    response.write(bytes.subarray(0, 100));
    response.end(bytes.subarray(100));
  },
  '/half': (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
  },
  '/endless': (_, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65536)));
    };
    response.on('drain', more);
    more();
  },
  '/never': (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, 1000));
  },
  '/huge': (_, response) => {
    response.writeHead(200, { 'content-length': 5e9 });
    response.write('x');
  },
  '/silent': () => {},
  '/drip': (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length });
    const drip = setInterval(() => response.write('x'), 10);
    response.on('close', () => clearInterval(drip));
  },
  '/part': (_, response) => {
    response.writeHead(206, { 'content-range': `bytes 0-99/${bytes.length}` });
    response.end(bytes.subarray(0, 100));
  },
  '/to-nowhere': (_, response) => response.writeHead(302, { location: 'http://' }).end(),
  '/to-file': (_, response) => response.writeHead(302, { location: 'file:///etc/hosts' }).end(),
  '/to-ftp': (_, response) => response.writeHead(302, { location: 'ftp://host/w' }).end(),
  '/page': (_, response) => response.end('<!doctype html><title>Please log in</title>'),
  '/loop': (_, response) => response.writeHead(302, { location: '/loop' }).end(),
  '/gated': (_, response) => response.writeHead(403).end(),
  '/busy': (_, response) => response.writeHead(503).end(),
  // As the hub answers for a large file: the digest, and a redirect to where it is stored.
  '/owner/repo/resolve/main/model.safetensors': (_, response) =>
    response.writeHead(302, { location: '/w.safetensors', 'x-linked-etag': `"${sha256}"` }).end(),
  '/owner/repo/resolve/v1/sub/broken.safetensors': (_, response) =>
    response
      .writeHead(302, { location: '/w.safetensors', 'x-linked-etag': `"${otherSha256}"` })
      .end(),
};

let server: Server;
let origin: string;
let requests: string[];
let folder: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request.url!);
    const route = routes[request.url!];
    if (route) route(request, response);
    else response.writeHead(404).end('not here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  requests = [];
  folder = await mkdtemp(join(tmpdir(), 'mnet-weights-'));
  vi.stubEnv('HF_ENDPOINT', origin);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Every file under the test's folder. */
async function files(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

/** Reads from the server with the test's cache, and gives the error that came of it. */
async function fault(source: WeightsSource, options = {}): Promise<WeightsError> {
  const outcome = await readSafetensors(source, {
    cacheDir: folder,
    retryDelay: 1,
    ...options,
  }).catch((e: unknown) => e);
  expect(outcome).toBeInstanceOf(WeightsError);
  return outcome as WeightsError;
}

describe('readSafetensors', () => {
  test('takes bytes, a path and a file: URL', async () => {
    const path = join(folder, 'w.safetensors');
    await writeFile(path, bytes);
    const whole = new Uint8Array(bytes).buffer;
    for (const source of [bytes, whole, path, pathToFileURL(path), pathToFileURL(path).href]) {
      const content = await readSafetensors(source, { sha256: sha256.toUpperCase() });
      expect(tensorValues(content, 'w')).toEqual(values);
    }
    expect((await readSafetensors(path)).file).toBe(path);
  });

  test('keeps a download and reads it from the cache afterwards', async () => {
    const progress: DownloadProgress[] = [];
    const url = `${origin}/w.safetensors`;
    const options = {
      cacheDir: folder,
      sha256,
      onProgress: (p: DownloadProgress) => progress.push(p),
    };
    expect(tensorValues(await readSafetensors(url, options), 'w')).toEqual(values);
    expect(progress.at(-1)).toEqual({ source: url, loaded: bytes.length, total: bytes.length });
    expect(progress.map((p) => p.loaded)).toEqual(
      progress.map((p) => p.loaded).toSorted((a, b) => a - b),
    );
    expect(await files()).toEqual(['w.safetensors']);

    const again = await readSafetensors(new URL(url), { cacheDir: folder, offline: true, sha256 });
    expect(tensorValues(again, 'w')).toEqual(values);
    expect(requests).toEqual(['/w.safetensors']);
  });

  test('two URLs with the same file name are two files', async () => {
    routes['/other/w.safetensors'] = (_, response) => response.end(encodeSafetensors(new Map()));
    const read = async (path: string) => readSafetensors(origin + path, { cacheDir: folder });
    expect((await read('/w.safetensors')).tensors.size).toBe(1);
    expect((await read('/other/w.safetensors')).tensors.size).toBe(0);
    expect((await read('/w.safetensors')).tensors.size).toBe(1);
  });

  test('a server that does not say the length', async () => {
    const totals: (number | undefined)[] = [];
    const onProgress = (p: DownloadProgress) => totals.push(p.total);
    const content = await readSafetensors(`${origin}/chunked`, { cacheDir: folder, onProgress });
    expect(tensorValues(content, 'w')).toEqual(values);
    expect(new Set(totals)).toEqual(new Set([undefined]));
  });

  test('downloads at once end in one whole file', async () => {
    const url = `${origin}/w.safetensors`;
    const all = Array.from({ length: 4 }, async () => readSafetensors(url, { cacheDir: folder }));
    for (const content of await Promise.all(all))
      expect(tensorValues(content, 'w')).toEqual(values);
    expect(await files()).toEqual(['w.safetensors']);
  });

  test('the default cache folder follows MNET_CACHE and XDG_CACHE_HOME', async () => {
    vi.stubEnv('MNET_CACHE', join(folder, 'a'));
    await readSafetensors('hf:owner/repo');
    vi.stubEnv('MNET_CACHE', '');
    vi.stubEnv('XDG_CACHE_HOME', join(folder, 'b'));
    await readSafetensors('hf:owner/repo');
    const place = 'weights/huggingface/owner/repo/main/model.safetensors';
    for (const base of ['a', 'b/mnet'])
      expect(await readFile(join(folder, base, place))).toHaveLength(bytes.length);
  });

  test.each<[string, string, string | RegExp, string?]>([
    [
      'an absent file',
      '/absent',
      'answered HTTP 404 Not Found: check the address, or fetch the file on another machine and place it at',
    ],
    [
      'a gated file',
      '/gated',
      /answered HTTP 403 Forbidden: it is private or gated; .*place it at /,
    ],
    ['a busy server', '/busy', /failed 6 times in a row: HTTP 503 Service Unavailable\. Run again/],
    [
      'a server that stops half-way',
      '/half',
      /failed 6 times in a row: .+\. Run again, or fetch the file on another machine/,
    ],
    ['a page in place of the file', '/page', "the header's length says"],
    ['a circle of redirects', '/loop', 'redirects more than 10 times'],
    [
      'a redirect to no address',
      '/to-nowhere',
      "redirects to 'http://', which is no http or https address",
    ],
    [
      'a redirect to a file',
      '/to-file',
      "redirects to 'file:///etc/hosts', which is no http or https address",
    ],
    [
      'a redirect to FTP',
      '/to-ftp',
      "redirects to 'ftp://host/w', which is no http or https address",
    ],
    ['a part that nobody asked for', '/part', 'answered HTTP 206 to a request for all'],
    [
      'an endless answer',
      '/endless',
      'sends too many bytes, over the limit of 1,000,000 bytes (maxBytes)',
    ],
    [
      'an answer too long',
      '/huge',
      'offers 5,000,000,000 bytes, over the limit of 1,000,000 bytes (maxBytes)',
    ],
    [
      'another digest',
      '/w.safetensors',
      `sent has sha256 ${sha256}, expected ${otherSha256}; it was removed`,
      otherSha256,
    ],
  ])('%s is an error and leaves no file', async (_, path, message, digest) => {
    const options = { maxBytes: 1_000_000, ...(digest !== undefined && { sha256: digest }) };
    const error = await fault(origin + path, options);
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({ file: origin + path, path: origin + path });
    expect(await files()).toEqual([]);
  });

  test('no network: the error names the URL and where to place the file; a file placed there is read', async () => {
    const url = 'http://127.0.0.1:9/owner/w.safetensors?token=secret';
    const error = await fault(url);
    expect(error.message).toMatch(
      /^http:\/\/127\.0\.0\.1:9\/owner\/w\.safetensors: the download from .* failed 6 times in a row/,
    );
    expect(error.message).not.toContain('secret');
    const place = /place it at (.+), or give its path instead$/.exec(error.message)![1]!;
    await mkdir(join(place, '..'), { recursive: true });
    await writeFile(place, bytes);
    expect(tensorValues(await readSafetensors(url, { cacheDir: folder }), 'w')).toEqual(values);
  });

  test('offline: nothing is asked of the network', async () => {
    const error = await fault(`${origin}/w.safetensors`, { offline: true });
    expect(error.message).toContain('not in the cache, and offline is true');
    expect(error.message).toContain(`place it at ${folder}`);
    expect(requests).toEqual([]);
  });

  test('a cached file that was cut or altered does not count', async () => {
    const url = `${origin}/w.safetensors`;
    await readSafetensors(url, { cacheDir: folder });
    const [entry] = await readdir(folder);
    const [digest] = await readdir(join(folder, entry!));
    const path = join(folder, entry!, digest!, 'w.safetensors');
    await writeFile(path, bytes.subarray(0, 5000));
    expect((await fault(url)).message).toMatch(
      /delete it to download it again\): tensor "w": ends at byte/,
    );
    const altered = Buffer.from(bytes);
    altered[9000]! ^= 1;
    await writeFile(path, altered);
    expect((await fault(url, { sha256 })).message).toMatch(/delete it.*SHA-256 is/);
  });

  test('a connection that broke and a server that was busy are asked again', async () => {
    const answers = ['/half', '/busy', '/w.safetensors'];
    routes['/third-time'] = (request, response) => routes[answers.shift()!]!(request, response);
    const url = `${origin}/third-time`;
    const content = await readSafetensors(url, { cacheDir: folder, retryDelay: 1 });
    expect(tensorValues(content, 'w')).toEqual(values);
    expect(requests).toHaveLength(3);
    requests = [];
    await fault(`${origin}/busy`, { retries: 1 });
    expect(requests).toHaveLength(2);
    requests = [];
    expect((await fault(`${origin}/gated`)).code).toBe('http');
    expect(requests).toHaveLength(1);
  });

  describe('a download that broke off goes on where it stopped', () => {
    test('after a dropped connection', async () => {
      const hub = await serve((request, response, n) =>
        send(request, response, bytes, n < 2 ? { count: 5000 } : {}),
      );
      const content = await readSafetensors(hub.url, {
        cacheDir: folder,
        retryDelay: 1,
        onProgress: ({ loaded }) => received(loaded),
      });
      expect(tensorValues(content, 'w')).toEqual(values);
      expect(hub.requests.map(({ range }) => range)).toEqual([
        undefined,
        'bytes=5000-',
        'bytes=10000-',
      ]);
      expect(hub.requests.map((headers) => headers['if-range'])).toEqual([
        undefined,
        '"v1"',
        '"v1"',
      ]);
      expect(await files()).toEqual(['archive.tar.gz']);
    });

    test('after the process was killed, and is checked against the published digest', async () => {
      const hub = await serve((request, response, n) => {
        if (request.url !== '/stored') {
          const headers = { location: '/stored', 'x-linked-etag': `"${sha256}"` };
          return response.writeHead(302, headers).end();
        }
        if (n > 1) return send(request, response, bytes);
        response.writeHead(200, { 'content-length': bytes.length, etag: '"v1"' });
        response.write(bytes.subarray(0, 5000));
      });
      const program = fileURLToPath(new URL('read-child.ts', import.meta.url));
      const child = spawn(process.execPath, [...nodeFlags, program, hub.url, folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      const ended = once(child, 'exit');
      let said = '';
      for await (const chunk of child.stdout) {
        said += chunk;
        if (said.includes('loaded 5000\n')) child.kill('SIGKILL');
      }
      expect(await ended).toEqual([null, 'SIGKILL']);
      const left = ['archive.tar.gz.part', 'archive.tar.gz.part.json'];
      expect(await files()).toEqual(left);
      // Its lock gives no sign of life any more; that takes seconds to show, which are over here.
      const place = join(folder, hub.url.split('/')[2]!.replace(':', '_'));
      const [digest] = await readdir(place);
      const past = new Date(Date.now() - 60_000);
      await utimes(join(place, digest!, 'archive.tar.gz.lock'), past, past);

      const content = await readSafetensors(hub.url, { cacheDir: folder });
      expect(tensorValues(content, 'w')).toEqual(values);
      expect(hub.requests.map(({ range }) => range)).toEqual([
        undefined,
        undefined,
        'bytes=5000-',
        'bytes=5000-',
      ]);
      expect(await files()).toEqual(['archive.tar.gz']);
    });
  });

  test('without a file system a download is kept nowhere', async () => {
    vi.stubGlobal('process', { ...process, getBuiltinModule: undefined, versions: {} });
    try {
      const content = await readSafetensors(`${origin}/w.safetensors`, { sha256 });
      expect(tensorValues(content, 'w')).toEqual(values);
      await expect(
        readSafetensors(`${origin}/w.safetensors`, { sha256: otherSha256 }),
      ).rejects.toThrow(`sha256 ${sha256}, expected ${otherSha256}`);
      const asked = readSafetensors(`${origin}/w.safetensors`, { cacheDir: folder });
      await expect(asked).rejects.toThrow(/^cacheDir: goes with Node\.js alone/);
      await expect(readSafetensors('w.safetensors')).rejects.toThrow(/needs Node\.js/);
      await expect(readSafetensors(`${origin}/absent`)).rejects.toThrow('give its bytes instead');
    } finally {
      vi.unstubAllGlobals();
    }
    expect(await files()).toEqual([]);
  });

  test.each(['/silent', '/never', '/drip'])(
    '%s: no answer is waited for without end',
    async (path) => {
      const error = await fault(origin + path, { stallTimeout: 200, retries: 1 });
      expect(error.message).toMatch(
        /failed 2 times in a row: (nothing|no more than [\d,]+ bytes) came for 0\.2 s/,
      );
      expect(await files()).toEqual([]);
    },
  );

  test('a retry can be aborted', async () => {
    const abort = new AbortController();
    routes['/busy-abort'] = (_, response) => {
      response.writeHead(503).end();
      abort.abort(new Error('enough'));
    };
    const read = readSafetensors(`${origin}/busy-abort`, {
      cacheDir: folder,
      signal: abort.signal,
      retryDelay: 3_600_000,
    });
    await expect(read).rejects.toThrow('enough');
  });

  test('an abort ends the download with the reason of the signal', async () => {
    const abort = new AbortController();
    const onProgress = () => abort.abort(new Error('enough'));
    const read = readSafetensors(`${origin}/never`, {
      cacheDir: folder,
      signal: abort.signal,
      onProgress,
    });
    await expect(read).rejects.toThrow('enough');
    expect(await files()).toEqual([]);
    await expect(readSafetensors(bytes, { signal: abort.signal })).rejects.toThrow('enough');
  });

  test('an error thrown by onProgress comes through', async () => {
    const onProgress = () => {
      throw new RangeError('mine');
    };
    const read = readSafetensors(`${origin}/w.safetensors`, { cacheDir: folder, onProgress });
    await expect(read).rejects.toThrow(new RangeError('mine'));
  });

  test('a path that is absent, a folder or too large', async () => {
    expect((await fault(join(folder, 'none.safetensors'))).message).toMatch(
      /none\.safetensors: there is no such file$/,
    );
    expect((await fault(folder)).message).toContain('is a folder');
    if (existsSync('/dev/zero')) {
      expect((await fault('/dev/zero')).message).toContain('is a device');
    }
    const path = join(folder, 'w.safetensors');
    await writeFile(path, bytes);
    expect((await fault(path, { maxBytes: 100 })).message).toContain(
      '16,072 bytes, over the limit of 100 bytes',
    );
    expect((await fault(path, { sha256: otherSha256 })).message).toContain('SHA-256 is');
  });
});

describe('Hugging Face sources', () => {
  test.each<[WeightsSource, string?]>([
    ['hf:owner/repo'],
    ['hf:owner/repo@main'],
    ['hf:owner/repo@main/model.safetensors'],
    ['hf:owner/repo/model.safetensors', 'main'],
    [new URL('hf:owner/repo')],
    [{ repo: 'owner/repo' }],
    [{ repo: 'owner/repo', revision: 'main', file: 'model.safetensors' }],
  ])('%s', async (source, revision) => {
    const options = { cacheDir: folder, ...(revision !== undefined && { revision }) };
    const content = await readSafetensors(source, options);
    expect(tensorValues(content, 'w')).toEqual(values);
    expect(requests).toEqual(['/owner/repo/resolve/main/model.safetensors', '/w.safetensors']);
    expect(
      await readFile(join(folder, 'huggingface/owner/repo/main/model.safetensors')),
    ).toHaveLength(bytes.length);
  });

  test('the digest that the hub publishes is checked, unless the user gave one', async () => {
    const source = { repo: 'owner/repo', revision: 'v1', file: 'sub/broken.safetensors' };
    expect((await fault(source)).message).toContain(
      `sent has sha256 ${sha256}, expected ${otherSha256}; it was removed`,
    );
    expect(await files()).toEqual([]);
    expect((await readSafetensors(source, { cacheDir: folder, sha256 })).tensors.size).toBe(1);
  });

  test('a revision with a slash is one segment of the address', async () => {
    await fault({ repo: 'owner/repo', revision: 'refs/pr/7' });
    expect(requests).toEqual(['/owner/repo/resolve/refs%2Fpr%2F7/model.safetensors']);
  });
});

describe('HF_ENDPOINT', () => {
  test('is not set where it is empty', async () => {
    vi.stubEnv('HF_ENDPOINT', '');
    const { message } = await fault('hf:owner/repo', { offline: true });
    expect(message).toContain('https://huggingface.co/owner/repo/resolve/main/model.safetensors');
  });

  test.each(['hf-mirror.com', 'ftp://host', 'https://'])(
    'is named where it is no URL: %s',
    (given) => {
      vi.stubEnv('HF_ENDPOINT', given);
      return expect(readSafetensors('hf:owner/repo', { offline: true })).rejects.toThrow(
        `HF_ENDPOINT: got '${given}', takes a URL, such as 'https://huggingface.co'`,
      );
    },
  );
});

test.each<[WeightsSource, object, RegExp]>([
  ['', {}, /^source: got '', takes bytes, a path, a URL/],
  [undefined as never, {}, /^source: got undefined, takes/],
  [7 as never, {}, /^source: got number, takes/],
  ['ftp://host/w', {}, /^source: got the scheme 'ftp:', takes https:, http:, file: and hf:/],
  ['https://', {}, /not a valid URL/],
  ['hf:repo', {}, /^source: got 'hf:repo', takes 'hf:owner\/repo@revision\/file'/],
  ['hf:owner/repo/../../x', {}, /^source\.file: got "\.\.\/\.\.\/x"/],
  [{ repo: '../repo' }, {}, /^source\.repo: got "\.\.\/repo", takes 'owner\/repo'/],
  [{ repo: 'owner/repo/more' }, {}, /^source\.repo/],
  [{ repo: 'owner/repo', revision: '..' }, {}, /^revision: got "\.\."/],
  [{ repo: 'owner/repo', file: '/etc/passwd' }, {}, /^source\.file/],
  [
    'hf:owner/repo@v1',
    { revision: 'v2' },
    /^revision: got 'v2', but the source already names .* 'v1'/,
  ],
  [
    'w.safetensors',
    { revision: 'v2' },
    /^revision: got 'v2', goes with Hugging Face sources alone/,
  ],
  [new Uint8Array(), { retries: -1 }, /^retries: got -1, takes a whole number from 0/],
  [new Uint8Array(), { retryDelay: 0.5 }, /^retryDelay: got 0.5/],
  [new Uint8Array(), { stallTimeout: 0 }, /^stallTimeout: got 0, takes a whole number from 1/],
  [new Uint8Array(), { cachedir: '.' }, /unknown option 'cachedir'/],
  [new Uint8Array(), { sha256: 'abc' }, /^sha256: got 'abc', takes 64 hexadecimal digits/],
])('refuses the source %j with %j', async (source, options, message) => {
  const cacheDir = 'no-such-folder';
  await expect(readSafetensors(source, { offline: true, cacheDir, ...options })).rejects.toThrow(
    message,
  );
});
