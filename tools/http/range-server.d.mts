import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers request number `n`, counted from 0. */
export type Answer = (request: IncomingMessage, response: ServerResponse, n: number) => void;

/** A server on loopback for the running test. */
export interface TestServer {
  readonly url: string;
  /** The headers of each request so far. */
  readonly requests: IncomingMessage['headers'][];
}

export function serve(answer: Answer): Promise<TestServer>;
export function rangeStart(request: IncomingMessage): number;
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  body: Uint8Array,
  options?: { count?: number; etag?: string; headers?: Record<string, string> },
): void;
export function breakAfter(response: ServerResponse, data: Uint8Array, start?: number): void;
export function received(loaded: number): void;
export function keepProgress<P extends { readonly phase: string; readonly loaded?: number }>(
  list: P[],
): (progress: P) => void;
