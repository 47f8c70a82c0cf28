import { deriveSeed, Random } from '@mnet/core/random';
import type { Trial } from '../search.ts';
import { drawPlace } from './axis.ts';
import type { Places, Space } from './space.ts';

/** A trial with its places on the axes of the space. */
export interface PlacedTrial {
  readonly trial: Trial;
  readonly places: Places;
}

/**
 * The trials of a search as they begin, so many and no two alike. A drawn one follows from the seed, its number and the
 * ranges; a further key leaves the values of the others as they are, and each search begins with the same for the same seed.
 */
export class NewTrials {
  readonly space: Space;
  readonly seed: number;
  readonly #trials: number;
  readonly #tried = new Set<string>();

  /** @param trials at most as many as the space has settings */
  constructor(space: Space, seed: number, trials: number) {
    this.space = space;
    this.seed = seed;
    this.#trials = trials;
  }

  /** The number of the next one; as many have begun. */
  get next(): number {
    return this.#tried.size;
  }

  /** Whether all have begun. */
  get spent(): boolean {
    return this.next === this.#trials;
  }

  /** Whether a trial has these settings: its run would be the same again. */
  has(places: Places): boolean {
    return this.#tried.has(places.join());
  }

  /** Begins one at places that no other has. */
  begin(places: Places): PlacedTrial {
    const trial = { number: this.next, values: this.space.values(places) };
    this.#tried.add(places.join());
    return { trial, places };
  }

  /** Begins a drawn one. */
  draw(): PlacedTrial {
    const { keys, axes } = this.space;
    const randoms = keys.map((key) => this.stream(key));
    for (;;) {
      const places = axes.map((axis, i) => drawPlace(axis, randoms[i] as Random));
      if (!this.has(places)) return this.begin(places);
    }
  }

  /** The numbers of the next trial for one use. */
  stream(use: string): Random {
    return new Random(deriveSeed(this.seed, use), this.next);
  }
}
