import { availableParallelism, hostname } from 'node:os';
import { resolve } from '@mnet/core/options';
import { workerOptions } from './worker-options.ts';

/** What a worker is told, every default filled in. */
export interface WorkerSettings {
  readonly slots: number;
  readonly threads: number;
  readonly lease: number;
  readonly renewal: number;
  readonly check: number;
  readonly poll: number;
  readonly progress: number;
  readonly deaths: number;
  readonly leave: number;
  readonly grace: number;
  readonly name: string;
  readonly version: string | undefined;
  readonly build: string | undefined;
}

/** @throws TypeError or RangeError for an option that is not taken */
export function workerSettings(given: unknown): WorkerSettings {
  const { threads, renewal, check, name, ...others } = resolve(
    workerOptions,
    given,
    'worker options',
  );
  const { lease, slots } = others;
  const renewed = renewal ?? Math.max(50, Math.round(lease / 3));
  if (renewed > lease / 2) {
    throw new RangeError(
      `renewal: got ${renewed} with a lease of ${lease}, takes at most half of it, so that one renewal may be late`,
    );
  }
  return {
    ...others,
    threads: threads ?? Math.max(1, Math.floor(availableParallelism() / slots)),
    renewal: renewed,
    check: check ?? Math.max(50, Math.round(lease / 2)),
    name: name ?? `${hostname()}:${process.pid}`,
  };
}
