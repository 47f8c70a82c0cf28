import type { Score } from '../score.ts';
import type { Ask, Searching, Tell, Trial } from '../search.ts';
import type { NewTrials } from '../space/new-trials.ts';
import { Underway } from '../underway.ts';
import { Rung } from './rung.ts';

/** Successive halving under way. */
export class Halving implements Searching {
  readonly #new: NewTrials;
  readonly #score: Score;
  readonly #reduction: number;
  /** All but the last, the highest first. */
  readonly #lower: readonly Rung[];
  readonly #last = new Rung(undefined);
  readonly #trials: Trial[] = [];
  /** The rung that each is on its way to. */
  readonly #underway = new Underway<Rung>();

  /** @param epochs of the rungs before the last, in their order */
  constructor(trials: NewTrials, score: Score, epochs: readonly number[], reduction: number) {
    this.#new = trials;
    this.#score = score;
    this.#reduction = reduction;
    this.#lower = epochs.map((each) => new Rung(each)).toReversed();
  }

  ask(): Ask {
    return (
      this.#promoted((rung) => rung.promotable(this.#reduction)) ?? this.#begun() ?? this.#ending()
    );
  }

  tell(told: Tell): void {
    this.#underway.end(told).end(told.number, this.#score(told.value));
  }

  /** Takes a trial from the highest rung that has one to the next. */
  #promoted(choose: (rung: Rung) => number | undefined): Ask | undefined {
    let above = this.#last;
    for (const rung of this.#lower) {
      const number = choose(rung);
      if (number !== undefined) {
        rung.promote(number);
        return this.#run(this.#trials[number] as Trial, above);
      }
      above = rung;
    }
    return undefined;
  }

  #begun(): Ask | undefined {
    if (this.#new.spent) return undefined;
    const { trial } = this.#new.draw();
    this.#trials.push(trial);
    return this.#run(trial, this.#lower.at(-1) as Rung);
  }

  /** All trials have begun, and none is to be promoted by the rule. */
  #ending(): Ask {
    if (this.#lower.some((rung) => rung.busy)) return { kind: 'wait' };
    if (this.#last.reached) return { kind: 'done' };
    // Whether one is trained to its end is not known yet.
    if (this.#last.busy) return { kind: 'wait' };
    return this.#promoted((rung) => rung.best()) ?? { kind: 'done' };
  }

  #run(trial: Trial, rung: Rung): Ask {
    const { untilEpoch } = rung;
    rung.begin();
    this.#underway.begin(trial.number, rung, untilEpoch);
    return { kind: 'run', trial, ...(untilEpoch !== undefined && { untilEpoch }) };
  }
}
