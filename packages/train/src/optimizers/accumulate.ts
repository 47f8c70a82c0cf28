import { show } from '@mnet/core/check';
import { type Given, integer, options, required, resolve } from '@mnet/core/options';
import { accumulateStep } from '@mnet/ops';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import {
  type BoundOptimizer,
  checkGradients,
  type Optimizer,
  type OptimizerState,
} from './optimizer.ts';
import type { Coefficients } from './groups.ts';
import { asOptimizer, type StockOptimizer } from './stock.ts';
import { disposeSlots, readSlots, writeSlots, zeroSlots } from './slots.ts';

/** What {@link AccumulateOptions} are made of. */
export const accumulateOptions = options({
  /** How many steps make one update. */
  steps: required(integer({ min: 1 })),
});

/** Settings of {@link accumulate}. */
export interface AccumulateOptions extends Given<typeof accumulateOptions> {}

/**
 * Updates once in so many steps, with the mean of their gradients, as optax's `MultiSteps`: a batch of `steps` times the
 * size, in the memory of one (but for batch normalization, which sees each batch by itself). The rate is that of the step
 * that updates. What is left over at the end of a training that is no multiple of `steps` is not used.
 *
 *     accumulate(chain(clipByGlobalNorm(1), adamW()), { steps: 4 })
 *
 * @throws if an option is unknown or out of range, or what is to update is no optimizer, or accumulates already.
 */
export function accumulate(
  optimizer: Optimizer | StockOptimizer,
  given: AccumulateOptions,
): Optimizer {
  const { steps } = resolve(accumulateOptions, given, 'accumulate options');
  const rule = asOptimizer(optimizer);
  if (!rule) {
    throw new TypeError(`accumulate: got ${show(optimizer)}, takes an optimizer, such as sgd()`);
  }
  if (rule.stepsPerUpdate !== undefined) {
    throw new TypeError(
      'accumulate: got an optimizer that accumulates already, takes one that does not; multiply their steps',
    );
  }
  return {
    name: rule.name,
    learningRate: rule.learningRate,
    config: { name: 'accumulate', steps, optimizer: rule.config },
    stepsPerUpdate: steps,
    bind: (variables) => new Accumulating(rule.bind(variables), variables, steps),
  };
}

/** A state's slots: the sums, and of each variable whether a gradient has reached it since the last update. */
const SUM = 'accumulate.sum';
const REACHED = 'accumulate.reached';

class Accumulating implements BoundOptimizer {
  readonly #rule: BoundOptimizer;
  readonly #variables: readonly Variable[];
  readonly #every: number;
  readonly #slots: Readonly<Record<typeof SUM, readonly Variable[]>>;
  #reached: readonly boolean[];
  #steps = 0;

  constructor(rule: BoundOptimizer, variables: readonly Variable[], every: number) {
    this.#rule = rule;
    this.#variables = variables;
    this.#every = every;
    this.#slots = zeroSlots(variables, [SUM]);
    this.#reached = variables.map(() => false);
  }

  get updates(): number {
    return this.#rule.updates;
  }

  get coefficients(): Coefficients | undefined {
    return this.#rule.coefficients;
  }

  step(gradients: readonly (Tensor | null)[], learningRate: number): void {
    checkGradients(gradients, this.#variables);
    // Of most networks every gradient is there at every step, and one of the two has nothing to do.
    for (const first of [true, false]) this.#add(gradients, first);
    this.#reached = this.#reached.map((reached, i) => reached || gradients[i] != null);
    this.#steps += 1;
    if (this.#steps % this.#every !== 0) return;
    const means = this.#slots[SUM].map((sum, i) => (this.#reached[i] ? sum : null));
    this.#rule.step(means, learningRate);
    this.#reached = this.#reached.map(() => false);
  }

  forget(places: readonly number[]): void {
    const left = new Set(places);
    this.#reached = this.#reached.map((reached, i) => reached && !left.has(i));
  }

  /** Adds the gradients whose sums begin anew, or the others. */
  #add(gradients: readonly (Tensor | null)[], first: boolean): void {
    const places = gradients.flatMap((g, i) =>
      g != null && this.#reached[i] !== first ? [i] : [],
    );
    if (places.length === 0) return;
    const sums = places.map((i) => this.#slots[SUM][i] as Variable);
    const added = places.map((i) => gradients[i] as Tensor);
    accumulateStep(sums, added, { steps: this.#every, first });
  }

  async getState(): Promise<OptimizerState> {
    const { slots } = await this.#rule.getState();
    const reached = this.#reached.map((each) => Float32Array.of(each ? 1 : 0));
    return {
      steps: this.#steps,
      slots: { ...slots, ...(await readSlots(this.#slots)), [REACHED]: reached },
    };
  }

  async setState({ steps, slots }: OptimizerState): Promise<void> {
    const { [SUM]: sums, [REACHED]: reached, ...rest } = slots;
    await this.#rule.setState({ steps: Math.floor(steps / this.#every), slots: rest });
    writeSlots(this.#slots, { steps, slots: sums ? { [SUM]: sums } : {} });
    this.#reached = this.#variables.map((_, i) => reached?.[i]?.[0] === 1);
    this.#steps = steps;
  }

  dispose(): void {
    this.#rule.dispose();
    disposeSlots(this.#slots);
  }
}
