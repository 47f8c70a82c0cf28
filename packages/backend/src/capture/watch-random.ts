import type { Recorder } from './recorder.ts';

/** Computes, and tells who records of random numbers that JavaScript draws: replays would have one draw for ever. */
export function watchRandom<T>(recorder: Recorder, compute: () => T): T {
  const { random } = Math;
  Math.random = () => {
    recorder.refuse('it draws random numbers in JavaScript');
    return random();
  };
  try {
    return compute();
  } finally {
    Math.random = random;
  }
}
