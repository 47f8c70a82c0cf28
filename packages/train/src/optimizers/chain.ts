import { show } from '@mnet/core/check';
import { mul, type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import type { Gradients, GradientTransform } from './gradient-transform.ts';
import type { BoundOptimizer, Optimizer } from './optimizer.ts';
import { asOptimizer, type StockOptimizer } from './stock.ts';

/**
 * Puts changes of the gradients before an update rule, in their order, as optax's `chain`:
 *
 *     chain(clipByGlobalNorm(1), sgd({ momentum: 0.9 }))
 *
 * @param parts transforms, then the update rule: an optimizer, or another chain
 * @throws if the last part is no optimizer, or one before it is no transform.
 */
export function chain(
  ...parts: readonly [...GradientTransform[], Optimizer | StockOptimizer]
): Optimizer {
  const rule = parts.at(-1) as Optimizer | StockOptimizer;
  const optimizer = asOptimizer(rule);
  if (!optimizer) {
    throw new TypeError(`chain: got ${show(rule)} as its last part, takes an optimizer there`);
  }
  const transforms = parts.slice(0, -1) as GradientTransform[];
  transforms.forEach((part, i) => {
    if (typeof part?.transform !== 'function') {
      throw new TypeError(
        `chain: got ${show(part)} as its part ${i + 1}, takes a transform of gradients before the last, such as clipByGlobalNorm(1)`,
      );
    }
  });
  const { name, learningRate, stepsPerUpdate } = optimizer;
  return {
    name,
    learningRate,
    ...(stepsPerUpdate !== undefined && { stepsPerUpdate }),
    config: {
      name: 'chain',
      parts: [...transforms.map(({ config }) => config), optimizer.config],
    },
    bind: (variables) => bindChain(transforms, optimizer.bind(variables), variables),
  };
}

function bindChain(
  transforms: readonly GradientTransform[],
  rule: BoundOptimizer,
  variables: readonly Variable[],
): BoundOptimizer {
  const walk = (start: Gradients, learningRate: number): void => {
    tidy(() => {
      const { values, scale } = transforms.reduce(
        (gradients, each) => each.transform(gradients, variables),
        start,
      );
      if (rule.stepScaled) rule.stepScaled(values, learningRate, scale);
      else rule.step(scale ? values.map((g) => g && mul<Tensor>(g, scale)) : values, learningRate);
    });
  };
  return {
    get updates() {
      return rule.updates;
    },
    coefficients: rule.coefficients,
    step: (values, learningRate) => walk({ values }, learningRate),
    stepScaled: (values, learningRate, scale) =>
      walk({ values, ...(scale && { scale }) }, learningRate),
    forget: (places) => rule.forget?.(places),
    getState: () => rule.getState(),
    setState: (state) => rule.setState(state),
    dispose: () => rule.dispose(),
  };
}
