import type { Random } from '@mnet/core/random';
import { bestFirst, type Score, type Scored } from '../score.ts';
import type { Ask, Searching, Tell } from '../search.ts';
import type { Axis } from '../space/axis.ts';
import type { NewTrials, PlacedTrial } from '../space/new-trials.ts';
import type { Places } from '../space/space.ts';
import { Underway } from '../underway.ts';
import { goodCount } from './good-count.ts';
import { ParzenEstimator } from './parzen.ts';

/** How often candidates are drawn until one of them was not tried. */
const rounds = 10;

interface Settings {
  readonly startup: number;
  readonly candidates: number;
  readonly gamma: number;
  readonly multivariate: boolean;
}

/** Keys that are drawn together. */
interface Group {
  /** Of their axes in the space. */
  readonly indices: readonly number[];
  readonly axes: readonly Axis[];
  /** Names its random numbers. */
  readonly name: string;
}

/** A tree-structured Parzen estimator under way. */
export class TreeSearching implements Searching {
  readonly #new: NewTrials;
  readonly #score: Score;
  readonly #settings: Settings;
  readonly #groups: readonly Group[];
  /** Of all trials, by their numbers. */
  readonly #places: Places[] = [];
  readonly #scored: Scored[] = [];
  readonly #underway = new Underway<void>();
  #told = 0;

  constructor(trials: NewTrials, score: Score, settings: Settings) {
    this.#new = trials;
    this.#score = score;
    this.#settings = settings;
    this.#groups = groupsOf(trials, settings.multivariate);
  }

  ask(): Ask {
    if (this.#new.spent) return { kind: 'done' };
    const random = this.#scored.length < this.#settings.startup;
    const { trial, places } = random ? this.#new.draw() : this.#promising();
    this.#places.push(places);
    this.#underway.begin(trial.number);
    return { kind: 'run', trial };
  }

  tell(told: Tell): void {
    this.#underway.end(told);
    this.#told++;
    const score = this.#score(told.value);
    if (score !== undefined) this.#scored.push({ number: told.number, score });
  }

  /** A trial where good ones are dense and bad ones are not. */
  #promising(): PlacedTrial {
    const { joint, good, bad } = this.#split();
    const parts = this.#groups.map(({ indices, axes, name }) => {
      const estimator = (all: readonly Places[]): ParzenEstimator =>
        new ParzenEstimator(
          axes,
          all.map((places) => indices.map((i) => places[i] as number)),
          joint,
        );
      return {
        good: estimator(good),
        bad: estimator(bad),
        random: this.#new.stream(`tpe ${name}`),
      };
    });
    for (let round = 0; round < rounds; round++) {
      const places = this.#placed(parts.map((part) => this.#best(part)));
      if (!this.#new.has(places)) return this.#new.begin(places);
    }
    // All that is promising was tried: of few settings.
    return this.#new.draw();
  }

  /** The places of good trials and of all others, in the order in which they began. */
  #split(): { joint: boolean; good: Places[]; bad: Places[] } {
    const { gamma, multivariate: joint } = this.#settings;
    const count = goodCount(this.#told, gamma);
    const best = new Set(
      this.#scored
        .toSorted(bestFirst)
        .slice(0, count)
        .map((each) => each.number),
    );
    const of = (good: boolean): Places[] =>
      this.#places.filter((_, number) => best.has(number) === good);
    return { joint, good: of(true), bad: of(false) };
  }

  /** The best of some candidates, by the ratio of the densities. */
  #best(part: { good: ParzenEstimator; bad: ParzenEstimator; random: Random }): Places {
    let best: Places = [];
    let highest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < this.#settings.candidates; i++) {
      const places = part.good.draw(part.random);
      const ratio = part.good.density(places) / part.bad.density(places);
      if (ratio <= highest) continue;
      best = places;
      highest = ratio;
    }
    return best;
  }

  /** What the groups have chosen, in the order of the space. */
  #placed(chosen: readonly Places[]): Places {
    const places: number[] = [];
    this.#groups.forEach(({ indices }, group) => {
      indices.forEach((index, i) => {
        places[index] = chosen[group]?.[i] as number;
      });
    });
    return places;
  }
}

function groupsOf({ space: { keys, axes } }: NewTrials, joint: boolean): Group[] {
  const all = keys.map((_, i) => i);
  const indices = joint ? [all] : all.map((i) => [i]);
  return indices.map((each) => ({
    indices: each,
    axes: each.map((i) => axes[i] as Axis),
    name: each.map((i) => keys[i]).join(' '),
  }));
}
