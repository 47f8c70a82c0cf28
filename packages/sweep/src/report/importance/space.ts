import type { Value } from '../../config.ts';
import { type Factor, levelOf } from '../factors.ts';

/** One direction of the space that a forest divides. */
export interface Direction {
  readonly key: string;
  /** Of words: how many. Absent: numbers, from 0 to 1. */
  readonly words?: number;
  /** Where a value lies: from 0 to 1; of words, which one. */
  readonly place: (value: Value | undefined) => number;
}

// Up to here values were chosen, not drawn, and each counts as much, however they lie.
const mostChosen = 10;

/** The direction of a key. */
export function directionOf({ key, kind, levels, log }: Factor): Direction {
  if (kind === 'words' || levels.length <= mostChosen) {
    const places = new Map(levels.map((value, i) => [levelOf(value), i]));
    const place = (value: Value | undefined): number => places.get(levelOf(value)) ?? 0;
    if (kind === 'words') return { key, words: levels.length, place };
    return { key, place: (value) => (place(value) + 0.5) / levels.length };
  }
  const [low, high] = [levels[0], levels.at(-1)].map((value) => scaled(Number(value))) as [
    number,
    number,
  ];
  return { key, place: (value) => (scaled(Number(value)) - low) / (high - low) };

  function scaled(value: number): number {
    return log ? Math.log(value) : value;
  }
}
