// A server on loopback for tests of downloads, that answers as a good one does or breaks off where it is told to.
import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';

/**
 * Serves for the running test.
 *
 * @param {import('./range-server.d.mts').Answer} answer
 */
export async function serve(answer) {
  const requests = [];
  const server = createServer((request, response) => {
    requests.push(request.headers);
    answer(request, response, requests.length - 1);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { url: `http://127.0.0.1:${server.address().port}/archive.tar.gz`, requests };
}

/** The first byte that a request asks for. */
export function rangeStart(request) {
  return Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
}

/** Answers as a good server does: ranges, If-Range, ETag. Sends `count` bytes at most, then breaks off. */
export function send(
  request,
  response,
  body,
  { count = Number.POSITIVE_INFINITY, etag = '"v1"', headers = {} } = {},
) {
  const condition = request.headers['if-range'];
  const start = condition === undefined || condition === etag ? rangeStart(request) : 0;
  const rest = body.subarray(start);
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': rest.length,
    etag,
    ...headers,
    ...(start > 0 && { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` }),
  });
  if (rest.length <= count) response.end(rest);
  else breakAfter(response, rest.subarray(0, count), start);
}

/** Connections that break off once the client has the file up to there. */
const breaking = [];

/** Sends bytes of the file from `start` on, and breaks off when {@link received} says that they are there. */
export function breakAfter(response, data, start = 0) {
  breaking.push({ response, until: start + data.length });
  response.write(data);
}

/** Tells the server how much of the file the client has: what is under way when a connection breaks may be lost. */
export function received(loaded) {
  const due = breaking.filter(({ until }) => loaded >= until);
  for (const connection of due) {
    breaking.splice(breaking.indexOf(connection), 1);
    connection.response.destroy();
  }
}

/** What a download is given as onProgress: keeps all that it tells in a list, and tells the server how much the client has. */
export function keepProgress(list) {
  return (progress) => {
    list.push(progress);
    if (progress.phase === 'download') received(progress.loaded);
  };
}
