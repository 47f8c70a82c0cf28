import { expect, it } from 'vitest';
import { Pace } from '../src/training/pace.ts';

/** A clock that stands still unless it is moved, in seconds. */
function clock() {
  let time = 5000;
  return {
    now: () => time,
    wait: (seconds: number) => {
      time += 1000 * seconds;
    },
  };
}

it('counts the seconds of steps, not those of evaluations', () => {
  const { now, wait } = clock();
  const pace = new Pace(0, now);
  wait(7);
  pace.beginSteps();
  wait(2);
  pace.step();
  wait(1);
  pace.step();
  expect(pace.seconds).toBe(3);
  expect(pace.imagesPerSecond(96)).toBe(32);
  wait(10);
  pace.evaluation(10);
  expect(pace.seconds).toBe(3);
  pace.endEpoch();
  pace.beginSteps();
  wait(4);
  pace.step();
  expect(pace.seconds).toBe(4);
});

it('goes on counting the seconds that an earlier process has spent on the epoch', () => {
  const { now, wait } = clock();
  const pace = new Pace(30, now);
  pace.beginSteps();
  wait(10);
  pace.step();
  expect(pace.seconds).toBe(40);
  expect(pace.imagesPerSecond(80)).toBe(2);
  // What this process will need follows from its own speed.
  expect(pace.secondsLeft(3, 0)).toBe(30);
});

it('estimates what is left by the mean step and the mean evaluation', () => {
  const { now, wait } = clock();
  const pace = new Pace(0, now);
  wait(1);
  pace.step();
  wait(3);
  pace.step();
  // Nothing is known of evaluations yet.
  expect(pace.secondsLeft(10, 4)).toBe(20);
  pace.evaluation(6);
  pace.evaluation(2);
  pace.endEpoch();
  expect(pace.secondsLeft(10, 4)).toBe(36);
});
