/** What a process has spent on steps and evaluations, for an estimate of the time that is left. */
export class TimeLeft {
  #steps = 0;
  #stepSeconds = 0;
  #evaluations = 0;
  #evaluationSeconds = 0;

  addStep(seconds: number): void {
    this.#steps += 1;
    this.#stepSeconds += seconds;
  }

  addEvaluation(seconds: number): void {
    this.#evaluations += 1;
    this.#evaluationSeconds += seconds;
  }

  /** Seconds, at the mean speed so far; at least one step must have been made. */
  estimate(stepsLeft: number, evaluationsLeft: number): number {
    const evaluation = this.#evaluations > 0 ? this.#evaluationSeconds / this.#evaluations : 0;
    return (stepsLeft * this.#stepSeconds) / this.#steps + evaluationsLeft * evaluation;
  }
}
