// A web server on this machine for tests in a browser, with the headers that a test is about.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** Headers that make a page cross-origin isolated, so that it may share memory with workers. */
export const isolated = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** A page that runs one module script of the same server. */
export const pageOf = (script) =>
  `<!doctype html><meta charset="utf-8"><title>test</title><script type="module" src="${script}"></script>`;

/**
 * Serves files, each with `headers` beside its type, until `close()`.
 *
 * @param files a folder, or contents by path such as `{ '/index.html': '…' }`; `/` is `/index.html`
 */
export async function serve(files, headers = {}) {
  const find = async (path) => {
    if (typeof files === 'string') return readFile(join(files, path)).catch(() => undefined);
    return Object.hasOwn(files, path) ? files[path] : undefined;
  };
  const answer = async (request, response) => {
    // A URL has no `..` left in it.
    const { pathname } = new URL(request.url, 'http://localhost');
    const path = pathname.endsWith('/') ? `${pathname}index.html` : decodeURIComponent(pathname);
    const body = path.includes('..') ? undefined : await find(path);
    const type = types[extname(path)] ?? 'application/octet-stream';
    response.writeHead(body === undefined ? 404 : 200, { ...headers, 'Content-Type': type });
    response.end(body ?? 'not found');
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.destroy(error));
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    /** Without a slash at its end; a loopback address counts as a secure context. */
    url: `http://127.0.0.1:${server.address().port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
