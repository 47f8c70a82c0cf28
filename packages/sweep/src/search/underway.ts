import type { Tell } from './search.ts';

/** The trials that were asked for and have not told. */
export class Underway<T> {
  readonly #trials = new Map<
    number,
    { readonly untilEpoch: number | undefined; readonly what: T }
  >();

  /** @param what is given back when it tells */
  begin(number: number, what: T, untilEpoch?: number): void {
    this.#trials.set(number, { untilEpoch, what });
  }

  /** @throws Error where the trial was not asked for like this, or has told */
  end({ number, untilEpoch }: Tell): T {
    const found = this.#trials.get(number);
    if (!found || found.untilEpoch !== untilEpoch) {
      const until = untilEpoch === undefined ? 'to its end' : `until epoch ${untilEpoch}`;
      throw new Error(
        `tell: got trial ${number} ${until}, takes one that was asked for so and has not told`,
      );
    }
    this.#trials.delete(number);
    return found.what;
  }
}
