import { bestFirst, type Scored } from '../score.ts';

/** The trials that have been trained until the same epoch, or are being so. */
export class Rung {
  /** Undefined of the last one: to the training's end. */
  readonly untilEpoch: number | undefined;
  readonly #ranked: Scored[] = [];
  readonly #promoted = new Set<number>();
  #told = 0;
  #running = 0;

  constructor(untilEpoch: number | undefined) {
    this.untilEpoch = untilEpoch;
  }

  /** Whether a trial is being trained. */
  get busy(): boolean {
    return this.#running > 0;
  }

  /** Whether a trial has got here with a value. */
  get reached(): boolean {
    return this.#ranked.length > 0;
  }

  begin(): void {
    this.#running++;
  }

  /** @param score undefined: it failed */
  end(number: number, score: number | undefined): void {
    this.#running--;
    this.#told++;
    if (score === undefined) return;
    this.#ranked.push({ number, score });
    this.#ranked.sort(bestFirst);
  }

  /** The best trial that is of the best 1/`reduction` of all that told, failed ones too, and was not promoted. */
  promotable(reduction: number): number | undefined {
    return this.#best(Math.floor(this.#told / reduction));
  }

  /** The best trial that was not promoted. */
  best(): number | undefined {
    return this.#best(this.#ranked.length);
  }

  promote(number: number): void {
    this.#promoted.add(number);
  }

  /** @param of so many of the best */
  #best(of: number): number | undefined {
    return this.#ranked.slice(0, of).find(({ number }) => !this.#promoted.has(number))?.number;
  }
}
