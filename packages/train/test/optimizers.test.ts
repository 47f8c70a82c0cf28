import {
  adam,
  adamW,
  type Optimizer,
  rmsprop,
  sgd,
  stockOptimizer,
  type VariableFilter,
} from '@mnet/train';
import {
  memory,
  mul,
  scalar,
  setBackend,
  tensor,
  tidy,
  train as stock,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import golden from './golden/optimizers.json' with { type: 'json' };

beforeAll(() => setBackend('cpu'));

const make: Record<string, (options: object) => Optimizer> = { sgd, adam, adamW, rmsprop };

function parameters(): Variable[] {
  return golden.initial.map((values, i) =>
    tidy(() => variable(tensor(values, golden.shapes[i] as number[]))),
  );
}

function gradientsAt(step: number) {
  return (golden.gradients[step] as number[][]).map((values, i) =>
    tensor(values, golden.shapes[i] as number[]),
  );
}

/** Largest difference relative to the size of the values. */
function distance(actual: ArrayLike<number>, expected: readonly number[]): number {
  return Math.max(
    ...expected.map((e, i) => Math.abs((actual[i] as number) - e) / Math.max(Math.abs(e), 1e-2)),
  );
}

describe.each(golden.cases)('$optimizer $options', ({ optimizer: name, options, ...rest }) => {
  const { learningRates, after } = rest;
  it('takes the steps that PyTorch takes', () => {
    const variables = parameters();
    const bound = (make[name] as (o: object) => Optimizer)(options).bind(variables);
    learningRates.forEach((rate, step) => {
      const gradients = gradientsAt(step);
      bound.step(gradients, rate);
      for (const g of gradients) g.dispose();
      variables.forEach((v, i) => {
        expect(distance(v.dataSync(), after[step]?.[i] as number[])).toBeLessThan(2e-5);
      });
    });
    bound.dispose();
    for (const v of variables) v.dispose();
  });

  it('goes on from its stored state to the same bits', async () => {
    const spec = (make[name] as (o: object) => Optimizer)(options);
    const before = memory().numTensors;
    const straight = parameters();
    const bound = spec.bind(straight);
    const halted = parameters();
    const first = spec.bind(halted);
    for (let step = 0; step < 3; step++) {
      const gradients = gradientsAt(step);
      for (const each of [bound, first]) each.step(gradients, learningRates[step] as number);
      for (const g of gradients) g.dispose();
    }
    const state = await first.getState();
    const second = spec.bind(halted);
    await second.setState(structuredClone(state));
    for (let step = 3; step < 6; step++) {
      const gradients = gradientsAt(step);
      for (const each of [bound, second]) each.step(gradients, learningRates[step] as number);
      for (const g of gradients) g.dispose();
    }
    halted.forEach((v, i) => expect(v.dataSync()).toEqual(straight[i]?.dataSync()));
    for (const each of [bound, first, second]) each.dispose();
    for (const v of [...straight, ...halted]) v.dispose();
    expect(memory().numTensors).toBe(before);
  });
});

describe.each(Object.entries(make))('%s', (_name, create) => {
  /** The variables after two steps; the gradients' scale is that of the first. */
  const after = (options: object, rate: number, scale?: number, before = 1): Float32Array[] => {
    const variables = parameters();
    const bound = create({ weightDecay: 0.1, ...options }).bind(variables);
    const first = gradientsAt(0).map((g) => mul(g, before));
    bound.stepScaled?.(first, rate, scale === undefined ? undefined : scalar(scale));
    bound.step(gradientsAt(1), rate);
    return variables.map((v) => v.dataSync<'float32'>().slice());
  };
  const same = (a: Float32Array[], b: Float32Array[]): void => {
    a.forEach((values, i) =>
      expect(distance(values, [...(b[i] as Float32Array)])).toBeLessThan(1e-5),
    );
  };

  it('scales the gradients where it is told to, as clipping does', () => {
    same(after({}, 0.1, 0.01), after({}, 0.1, undefined, 0.01));
    expect(after({}, 0.1, 0.01)).not.toEqual(after({}, 0.1));
  });

  it('heeds the rate and the decay of a group', () => {
    const groups = [{ filter: 'all', rateFactor: 0.5, weightDecay: 0.3 }];
    same(after({ groups }, 0.1), after({ weightDecay: 0.3 }, 0.05));
    expect(after({ groups }, 0.1)).not.toEqual(after({}, 0.1));
  });
});

describe('optimizers', () => {
  it('leave a variable without a gradient alone', () => {
    const variables = parameters();
    const bound = adamW({ weightDecay: 0.5 }).bind(variables);
    const [kernel] = gradientsAt(0);
    bound.step([kernel as never, null], 0.1);
    const [first, second] = golden.initial.map((values) => values.map(Math.fround));
    expect([...(variables[0] as Variable).dataSync()]).not.toEqual(first);
    expect([...(variables[1] as Variable).dataSync()]).toEqual(second);
    expect(() => bound.step([null], 0.1)).toThrow('gradients: got 1, takes one (or null)');
  });

  it('decay all, the kernels alone, or what a function says', () => {
    const zero = golden.shapes.map((shape) =>
      tensor(Array(shape.reduce((a, b) => a * b, 1)).fill(0), shape),
    );
    const shrunk = (decay: VariableFilter): boolean[] => {
      const variables = parameters();
      sgd({ weightDecay: 0.5, decay }).bind(variables).step(zero, 0.1);
      // Nine digits are enough for a float32, so a value that was left alone is equal.
      return variables.map((v, i) => v.dataSync()[0] !== Math.fround(golden.initial[i]?.[0] ?? 0));
    };
    expect(shrunk('all')).toEqual([true, true]);
    expect(shrunk('kernels')).toEqual([true, false]);
    expect(shrunk(({ shape }) => shape.length === 1)).toEqual([false, true]);
  });

  it('refuse what they do not take', async () => {
    expect(() => sgd({ nesterov: true })).toThrow('takes a momentum above 0');
    expect(() => sgd({ momentum: 1.5 })).toThrow('momentum: got 1.5, takes a number from 0 to 1');
    expect(() => sgd({ weight_decay: 1 } as never)).toThrow(
      "sgd options: unknown option 'weight_decay', takes learningRate, momentum",
    );
    for (const beta of [1, 1.5]) {
      expect(() => adam({ beta1: beta })).toThrow(
        `beta1: got ${beta}, takes a number from 0 to below 1`,
      );
    }
    expect(() => adamW({ learningRate: Number.NaN })).toThrow('learningRate: got NaN');
    expect(() => adam({ decay: 'bias' as never })).toThrow("decay: got 'bias', takes 'all'");
    const variables = parameters();
    const state = await sgd({ momentum: 0.9 }).bind(variables).getState();
    await expect(adam().bind(variables).setState(state)).rejects.toThrow('the slots [velocity]');
    const other = { ...state, slots: { velocity: [new Float32Array(3), new Float32Array(4)] } };
    await expect(sgd({ momentum: 0.9 }).bind(variables).setState(other)).rejects.toThrow(
      'got 3 values',
    );
  });
});

describe.each([
  ['sgd', () => stock.sgd(0.1)],
  ['momentum', () => stock.momentum(0.1, 0.9)],
  ['adam', () => stock.adam(0.1)],
  ['rmsprop', () => stock.rmsprop(0.1, 0.9, 0.5)],
])("tfjs's own %s", (_name, create) => {
  it('takes a rate at each step and goes on from its stored state to the same bits', async () => {
    const straight = parameters();
    const bound = stockOptimizer(create()).bind(straight);
    const halted = parameters();
    const first = stockOptimizer(create()).bind(halted);
    const rates = [0.1, 0.05, 0.2, 0.01];
    const walk = (list: (typeof bound)[], from: number, to: number): void => {
      for (let step = from; step < to; step++) {
        const gradients = gradientsAt(step);
        for (const each of list) each.step(gradients, rates[step] as number);
      }
    };
    walk([bound, first], 0, 2);
    const state = structuredClone(await first.getState());
    const second = stockOptimizer(create()).bind(halted);
    await second.setState(state);
    walk([bound, second], 2, 4);
    halted.forEach((v, i) => expect(v.dataSync()).toEqual(straight[i]?.dataSync()));
  });

  it('stands still at a rate of 0', () => {
    const variables = parameters();
    stockOptimizer(create()).bind(variables).step(gradientsAt(0), 0);
    expect([...(variables[0] as Variable).dataSync()]).toEqual(
      (golden.initial[0] as number[]).map(Math.fround),
    );
  });
});
