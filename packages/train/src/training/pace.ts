/** How fast a training goes: the seconds of its epoch's steps, and an estimate of what is left, by a clock. */
export class Pace {
  readonly #now: () => number;
  /** Seconds of the current epoch's steps, those of an earlier process included. */
  #seconds: number;
  #last: number;
  #steps = 0;
  #stepSeconds = 0;
  #evaluations = 0;
  #evaluationSeconds = 0;

  /**
   * @param seconds of the epoch that is under way, spent before
   * @param now a clock in milliseconds
   */
  constructor(seconds = 0, now: () => number = () => performance.now()) {
    this.#seconds = seconds;
    this.#now = now;
    this.#last = now();
  }

  /** Steps begin, after an evaluation or at the start. */
  beginSteps(): void {
    this.#last = this.#now();
  }

  /** A step is done; it took the time since the one before, or since steps began. */
  step(): void {
    const now = this.#now();
    const seconds = (now - this.#last) / 1000;
    this.#last = now;
    this.#seconds += seconds;
    this.#steps += 1;
    this.#stepSeconds += seconds;
  }

  evaluation(seconds: number): void {
    this.#evaluations += 1;
    this.#evaluationSeconds += seconds;
  }

  /** The next epoch's seconds count from 0. */
  endEpoch(): void {
    this.#seconds = 0;
  }

  /** Of the current epoch's steps. */
  get seconds(): number {
    return this.#seconds;
  }

  /** @param images seen in the current epoch */
  imagesPerSecond(images: number): number {
    return images / this.#seconds;
  }

  /** Seconds for the rest, at this process's mean speed; at least one step must have been made. */
  secondsLeft(stepsLeft: number, evaluationsLeft: number): number {
    const evaluation = this.#evaluations > 0 ? this.#evaluationSeconds / this.#evaluations : 0;
    return (stepsLeft * this.#stepSeconds) / this.#steps + evaluationsLeft * evaluation;
  }
}
