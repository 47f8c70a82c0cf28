import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Answers request number `n`, counted from 0. */
export type Answer = (request: IncomingMessage, response: ServerResponse, n: number) => void;

/** A server on loopback for the running test. */
export interface TestServer {
  readonly url: string;
  /** The headers of each request so far. */
  readonly requests: IncomingMessage['headers'][];
}

export async function serve(answer: Answer): Promise<TestServer> {
  const requests: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    requests.push(request.headers);
    answer(request, response, requests.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/archive.tar.gz`, requests };
}

/** The first byte that a request asks for. */
export function rangeStart(request: IncomingMessage): number {
  return Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
}

/** Answers as a good server does: ranges, If-Range, ETag. Sends `count` bytes at most, then breaks off. */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  { count = Number.POSITIVE_INFINITY, etag = '"v1"' }: { count?: number; etag?: string } = {},
): void {
  const condition = request.headers['if-range'];
  const start = condition === undefined || condition === etag ? rangeStart(request) : 0;
  const rest = body.subarray(start);
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': rest.length,
    etag,
    ...(start > 0 && { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` }),
  });
  if (rest.length <= count) response.end(rest);
  else breakAfter(response, rest.subarray(0, count), start);
}

/** Connections that break off once the client has the file up to there. */
const breaking: { response: ServerResponse; until: number }[] = [];

/** Sends bytes of the file from `start` on, and breaks off when {@link received} says that they are there. */
export function breakAfter(response: ServerResponse, data: Buffer, start = 0): void {
  breaking.push({ response, until: start + data.length });
  response.write(data);
}

/** Tells the server how much of the file the client has: what is under way when a connection breaks may be lost. */
export function received(loaded: number): void {
  const due = breaking.filter(({ until }) => loaded >= until);
  for (const connection of due) {
    breaking.splice(breaking.indexOf(connection), 1);
    connection.response.destroy();
  }
}
