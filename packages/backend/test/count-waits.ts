import type { MnetBackend } from '../src/backend.ts';

/** How often JavaScript has waited for the queue, wholly or in part, since it was asked. */
export interface Waits {
  readonly count: number;
  stop(): void;
}

/** Counts a backend's waits, by the one method that all of them go through. */
export function countWaits({ runtime }: MnetBackend): Waits {
  const waiting = runtime as unknown as { drain(most: number): void };
  const { drain } = waiting;
  let count = 0;
  waiting.drain = (most) => {
    count += 1;
    drain.call(runtime, most);
  };
  return {
    get count() {
      return count;
    },
    stop() {
      waiting.drain = drain;
    },
  };
}
