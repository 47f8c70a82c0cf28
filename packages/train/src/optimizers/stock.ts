import { type Optimizer as StockOptimizer, tensor, tidy, Variable } from '@tensorflow/tfjs-core';
import type { BoundOptimizer, Optimizer, OptimizerState } from './optimizer.ts';

export type { StockOptimizer };

type NamedTensor = Parameters<StockOptimizer['setWeights']>[0][number];

/** Whether this is one of TensorFlow.js's own optimizers, such as `tf.train.adam()`. */
export function isStockOptimizer(value: unknown): value is StockOptimizer {
  const candidate = value as Partial<StockOptimizer> | null | undefined;
  return (
    typeof candidate?.applyGradients === 'function' && typeof candidate.getWeights === 'function'
  );
}

/** An optimizer as it is, one of TensorFlow.js's own as one of ours; undefined where it is neither. */
export function asOptimizer(value: unknown): Optimizer | undefined {
  if (isStockOptimizer(value)) return stockOptimizer(value);
  const { bind } = (value ?? {}) as Partial<Optimizer>;
  return typeof bind === 'function' ? (value as Optimizer) : undefined;
}

/**
 * Lets one of TensorFlow.js's own optimizers (`tf.train.adam()`, `rmsprop`, …) stand where an {@link Optimizer}
 * is taken. Unlike sgd() and adam() such an object holds its state itself: give each run a new one. It updates
 * variable by variable, which is slower than the fused steps.
 */
export function stockOptimizer(stock: StockOptimizer): Optimizer {
  const learningRate = (stock as unknown as { learningRate: number }).learningRate;
  return {
    name: stock.getClassName(),
    learningRate,
    config: { name: stock.getClassName(), ...stock.getConfig() },
    bind: (variables) => bindStock(stock, variables),
  };
}

function bindStock(stock: StockOptimizer, variables: readonly Variable[]): BoundOptimizer {
  let steps = 0;
  return {
    get updates() {
      return steps;
    },
    step(gradients, learningRate): void {
      steps += 1;
      setLearningRate(stock, learningRate);
      // The stock optimizers find a variable's slots by its place in this list, so every variable is in it.
      stock.applyGradients(
        variables.map((v, i) => ({ name: v.name, tensor: gradients[i] }) as NamedTensor),
      );
    },
    async getState(): Promise<OptimizerState> {
      const [iterations, ...weights] = await stock.getWeights().catch((cause: unknown) => {
        throw new Error(
          `optimizer: TensorFlow.js's ${stock.getClassName()} cannot be stored in a checkpoint; write adam(), or leave out run`,
          { cause },
        );
      });
      iterations?.tensor.dispose();
      const values = await Promise.all(weights.map((w) => w.tensor.data<'float32'>()));
      const own = ownVariables(stock);
      const ownValues = await Promise.all(own.map(([, v]) => v.data<'float32'>()));
      return {
        steps,
        slots: {
          weights: values.map((v) => Float32Array.from(v)),
          own: ownValues.map((v) => Float32Array.from(v)),
        },
      };
    },
    async setState(state): Promise<void> {
      const { weights = [], own = [] } = state.slots;
      const slotCount = weights.length / variables.length;
      if (!Number.isInteger(slotCount)) {
        throw new Error(
          `optimizer state: got ${weights.length} arrays, takes a multiple of the ${variables.length} variables; it was made by another optimizer or model`,
        );
      }
      const named = tidy(() => [
        { name: 'iter', tensor: tensor(state.steps, [], 'int32') },
        ...weights.map((value, i) => {
          const variable = variables[i % variables.length] as Variable;
          return { name: `slot${i}`, tensor: tensor(value.slice(), variable.shape, 'float32') };
        }),
      ]);
      await stock.setWeights(named);
      // Adam recomputes its running products β₁ᵗ with pow(), which differs in the last bit from what it had.
      ownVariables(stock).forEach(([, variable], i) => {
        const value = own[i];
        if (value) tidy(() => variable.assign(tensor(value.slice(), variable.shape, 'float32')));
      });
      for (const { tensor: t } of named) t.dispose();
      steps = state.steps;
    },
    dispose(): void {
      // The state is the user's object's own, and stays with it.
    },
  };
}

/** The scalar variables an optimizer keeps beside its slots, in the order of their names. */
function ownVariables(stock: StockOptimizer): [string, Variable][] {
  return Object.entries(stock)
    .filter((entry): entry is [string, Variable] => entry[1] instanceof Variable)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function setLearningRate(stock: StockOptimizer, learningRate: number): void {
  const settable = stock as unknown as {
    learningRate: number;
    setLearningRate?: (rate: number) => void;
  };
  // Only SGD and momentum have a setter; the others read the field at each step.
  if (settable.setLearningRate) settable.setLearningRate(learningRate);
  else settable.learningRate = learningRate;
}
