import type { Redis, RedisOptions } from 'ioredis';
import type { Libraries } from './libraries.ts';
import { QueueError } from './queue-error.ts';
import { redact, redactor } from './redact.ts';

/** A connection to Redis or Valkey. */
export interface Connection {
  readonly client: Redis;
  /** Its address without secrets. */
  readonly place: string;
  /** Takes secrets out of a text. */
  readonly safe: (text: string) => string;
  /** What of its settings endangers a queue. */
  readonly notes: readonly string[];
}

/** How a connection is made. */
export interface ConnectOptions {
  /** For the first connection, in milliseconds; one that was there once is sought again for ever. */
  readonly patience: number;
  /** After how long without an answer a connection counts as dead, in milliseconds. */
  readonly silence: number;
  /** Called with each error of a connection that was there, and what to say of it. */
  readonly onError: (message: string) => void;
}

/**
 * Connects to what a URL says: `redis://[user:password@]host[:port][/database]`, `rediss://` with TLS.
 *
 * @throws TypeError where it is no such URL; QueueError with the code `connection`, within `patience`
 */
export async function connect(
  { ioredis }: Libraries,
  url: string,
  { patience, silence, onError }: ConnectOptions,
): Promise<Connection> {
  const place = checkedPlace(url);
  const safe = redactor(url);
  let connected = false;
  const options: RedisOptions = {
    lazyConnect: true,
    connectTimeout: patience,
    socketTimeout: silence,
    keepAlive: 10_000,
    // A worker waits for its queue to come back; what a lost connection did not answer is asked again.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (connected ? Math.min(100 * 2 ** Math.min(times, 6), 3000) : null),
  };
  const client = new ioredis.Redis(url, options);
  let last = '';
  // Its errors hold the command and what it was given, such as a password: only their message is passed on.
  client.on('error', (error: Error) => {
    last = safe(error.message);
    if (connected) onError(last);
  });
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no answer within ${patience / 1000} s`)),
      patience,
    );
    timer.unref();
  });
  try {
    await Promise.race([client.connect(), late]);
    connected = true;
    const info = await Promise.race([client.info(), late]);
    return { client, place, safe, notes: notesOf(info) };
  } catch (error) {
    client.disconnect();
    const words = reason(last, error as Error, safe);
    const hint =
      place.startsWith('rediss:') && words.startsWith('it cannot be reached')
        ? '; one that speaks no TLS is redis://host'
        : '';
    throw new QueueError('connection', `queue ${place}: ${words}${hint}`);
  }
}

function checkedPlace(url: string): string {
  const words = 'takes a URL such as redis://host:6379 or rediss://user:password@host';
  if (typeof url !== 'string' || !URL.canParse(url)) {
    throw new TypeError(
      `queue: got ${typeof url === 'string' ? `'${redact(url)}'` : typeof url}, ${words}`,
    );
  }
  const { protocol } = new URL(url);
  if (protocol !== 'redis:' && protocol !== 'rediss:') {
    throw new TypeError(`queue: got '${redact(url)}', ${words}`);
  }
  return redact(url);
}

function reason(last: string, error: Error, safe: (text: string) => string): string {
  const message = last || safe(error.message);
  if (message.includes('NOAUTH')) {
    return 'it asks for a password; write redis://:PASSWORD@host or redis://USER:PASSWORD@host';
  }
  if (message.includes('WRONGPASS')) return 'it does not take this user and password';
  if (message.includes('ENOTFOUND')) return `its host is not known (${message})`;
  if (message.includes('ECONNREFUSED')) return `nothing listens there (${message})`;
  if (message.includes('NOPERM')) {
    return `this user may not do what a queue needs (${message}); give it all commands on the queue's keys`;
  }
  if (message.includes('certificate')) {
    return `its certificate is not trusted (${message}); the file of an authority of your own is named by NODE_EXTRA_CA_CERTS`;
  }
  if (message.includes('ECONNRESET')) {
    return `it hung up (${message}); one that speaks TLS is rediss://host`;
  }
  return `it cannot be reached (${message})`;
}

function notesOf(info: string): string[] {
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const notes: string[] = [];
  const policy = value('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    notes.push(
      `its maxmemory-policy is ${policy}, by which jobs may vanish; a queue needs noeviction`,
    );
  }
  if (value('aof_enabled') === '0') {
    notes.push(
      'it keeps no append-only file, so that a restart may forget jobs (put the study on it again then); appendonly yes keeps them',
    );
  }
  return notes;
}
