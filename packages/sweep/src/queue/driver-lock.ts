import { hostname } from 'node:os';
import { QueueError } from './queue-error.ts';
import type { QueueParts } from './queue-parts.ts';

/** Takes a key's life further, or the key away, only from who holds it. */
const renewScript =
  "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0";
const releaseScript =
  "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0";

/** The one driver that a search may have at a time. */
export interface DriverLock {
  /** Aborted, with a QueueError, when another one may have taken over. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Becomes the driver of a search.
 *
 * @param milliseconds after which another may take over from one that was not heard of
 * @returns undefined where another drives it, with who that is
 */
export async function lockDriver(
  { client, keys }: QueueParts,
  study: string,
  milliseconds: number,
): Promise<DriverLock | { readonly holder: string }> {
  const key = keys.driver(study);
  const mine = JSON.stringify({ who: `${hostname()}:${process.pid}`, id: crypto.randomUUID() });
  if ((await client.set(key, mine, 'PX', milliseconds, 'NX')) !== 'OK') {
    const other = await client.get(key);
    return { holder: other === null ? 'another' : (JSON.parse(other) as { who: string }).who };
  }
  const controller = new AbortController();
  const lose = (): void =>
    controller.abort(
      new QueueError('driven', `search '${study}': another driver may have taken it over`),
    );
  let renewed = performance.now();
  const timer = setInterval(() => {
    // A driver that slept finds its time over before it asks.
    if (performance.now() - renewed > milliseconds) lose();
    const asked = performance.now();
    client.eval(renewScript, 1, key, mine, milliseconds).then(
      (held) => {
        if (held === 1) renewed = asked;
        else lose();
      },
      // Redis is away: the clock decides.
      () => {},
    );
  }, milliseconds / 4);
  return {
    lost: controller.signal,
    async release() {
      clearInterval(timer);
      await client.eval(releaseScript, 1, key, mine);
    },
  };
}
