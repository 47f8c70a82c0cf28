import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a proxy does with a request in place of handing it on: true where it has. */
export type Fault = (
  asked: IncomingMessage,
  answer: ServerResponse,
  pass: (change: Change) => void,
) => boolean;

/** What is made of the answer of the server behind. */
export interface Change {
  /** The connection breaks after so many bytes of the body; 0: before the head. */
  readonly breakAfter?: number;
}

/** A server between a client and another one, which loses, breaks and refuses what a test wants. */
export interface Proxy {
  readonly endpoint: string;
  /** Method, path, and the Range of requests so far. */
  readonly asked: string[];
  fault: Fault;
  close(): Promise<void>;
}

export async function faultyProxy(endpoint: string): Promise<Proxy> {
  const behind = new URL(endpoint);
  const asked: string[] = [];
  const server = createServer((from, to) => {
    asked.push([from.method, from.url, from.headers.range].filter(Boolean).join(' '));
    const pass = ({ breakAfter }: Change): void => {
      const onwards = request(
        {
          host: behind.hostname,
          port: behind.port,
          method: from.method,
          path: from.url,
          headers: from.headers,
        },
        (answer) => {
          if (breakAfter === 0) {
            to.destroy();
            return;
          }
          to.writeHead(answer.statusCode as number, answer.headers);
          let left = breakAfter ?? Number.POSITIVE_INFINITY;
          answer.on('data', (piece: Buffer) => {
            if (left <= 0) return;
            to.write(piece.subarray(0, left));
            left -= piece.length;
            // The bytes are on their way when the connection breaks.
            if (left <= 0) setImmediate(() => to.destroy());
          });
          answer.on('end', () => left > 0 && to.end());
        },
      );
      from.pipe(onwards);
    };
    if (!proxy.fault(from, to, pass)) pass({});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: Proxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    fault: () => false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}

/** Answers with an error as S3 says it. */
export function refuse(
  { asked, answer }: { asked: IncomingMessage; answer: ServerResponse },
  status: number,
  code: string,
): true {
  asked.resume();
  answer.writeHead(status, { 'content-type': 'application/xml', connection: 'close' });
  answer.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
  return true;
}
