import {
  accumulate,
  adam,
  adamW,
  type BoundOptimizer,
  chain,
  clipByGlobalNorm,
  type GradientTransform,
  type Optimizer,
  rmsprop,
  type SgdOptions,
  sgd,
  stockOptimizer,
} from '@mnet/train';
import {
  clipByValue,
  memory,
  setBackend,
  type Tensor,
  tensor,
  tensor1d,
  tidy,
  train as stock,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import golden from './golden/optimizers.json' with { type: 'json' };

beforeAll(() => setBackend('cpu'));

const names = ['conv/kernel', 'conv/bias'];

function parameters(): Variable[] {
  return golden.initial.map((values, i) =>
    tidy(() => variable(tensor(values, golden.shapes[i] as number[]), true, unique(names[i]))),
  );
}

let made = 0;
const unique = (name = ''): string => `run${made++}/${name}`;

function gradientsAt(step: number): Tensor[] {
  return (golden.gradients[step] as number[][]).map((values, i) =>
    tensor(values, golden.shapes[i] as number[]),
  );
}

const dispose = (list: readonly { dispose(): void }[]): void => {
  for (const each of list) each.dispose();
};

/** The rates of the oracle. */
const rates = (start: number): number[] => [1, 1, 0.5, 2, 0.1, 1].map((factor) => factor * start);

function walk(bound: BoundOptimizer, start: number, from: number, to: number): void {
  for (let step = from; step < to; step++) {
    const gradients = gradientsAt(step);
    bound.step(gradients, rates(start)[step] as number);
    dispose(gradients);
  }
}

const groups = [{ filter: /bias$/, rateFactor: 0.1, weightDecay: 0 }];
const base = { momentum: 0.9, weightDecay: 0.1 };

const composed: Record<keyof typeof golden.composed, [Optimizer, number]> = {
  groups: [sgd({ ...base, groups }), 0.1],
  groupsOfAdamW: [adamW({ weightDecay: 0.1, groups }), 0.01],
  clipped: [chain(clipByGlobalNorm(2), sgd(base)), 0.1],
  clippedAdam: [chain(clipByGlobalNorm(2), adam()), 0.01],
  accumulated: [accumulate(sgd(base), { steps: 2 }), 0.1],
  accumulatedThenClipped: [
    accumulate(chain(clipByGlobalNorm(2), adamW({ weightDecay: 0.1 })), { steps: 3 }),
    0.01,
  ],
};

describe.each(Object.entries(composed))('%s', (name, [optimizer, start]) => {
  it('takes the steps that PyTorch takes', () => {
    const after = golden.composed[name as keyof typeof composed];
    const variables = parameters();
    const bound = optimizer.bind(variables);
    after.forEach((want, step) => {
      walk(bound, start, step, step + 1);
      variables.forEach((v, i) => {
        const expected = want[i] as number[];
        v.dataSync().forEach((value, k) => {
          const e = expected[k] as number;
          expect(Math.abs(value - e) / Math.max(Math.abs(e), 1e-2)).toBeLessThan(2e-5);
        });
      });
    });
    dispose([bound, ...variables]);
  });

  it('goes on from its stored state to the same bits, wherever it stopped', async () => {
    const before = memory().numTensors;
    const straight = parameters();
    const whole = optimizer.bind(straight);
    walk(whole, start, 0, 6);
    for (const stop of [1, 2, 4]) {
      const halted = parameters();
      const first = optimizer.bind(halted);
      walk(first, start, 0, stop);
      const state = structuredClone(await first.getState());
      expect(state.steps).toBe(stop);
      const second = optimizer.bind(halted);
      await second.setState(state);
      expect(second.updates).toBe(first.updates);
      walk(second, start, stop, 6);
      halted.forEach((v, i) => expect(v.dataSync()).toEqual(straight[i]?.dataSync()));
      dispose([first, second, ...halted]);
    }
    dispose([whole, ...straight]);
    expect(memory().numTensors).toBe(before);
  });
});

describe('chain', () => {
  it('hands gradients through in order, of a transform of your own too', () => {
    const clipEach = (limit: number): GradientTransform => ({
      name: 'clipEach',
      config: { name: 'clipEach', limit },
      transform: ({ values, ...rest }) => ({
        ...rest,
        values: values.map((g) => g && clipByValue<Tensor>(g, -limit, limit)),
      }),
    });
    const optimizer = chain(clipEach(3), clipByGlobalNorm(2), sgd({ learningRate: 1 }));
    expect(optimizer.learningRate).toBe(1);
    expect(optimizer.config).toEqual({
      name: 'chain',
      parts: [
        { name: 'clipEach', limit: 3 },
        { name: 'clipByGlobalNorm', maxNorm: 2 },
        sgd({ learningRate: 1 }).config,
      ],
    });
    const p = variable(tensor1d([0, 0]));
    const bound = optimizer.bind([p]);
    // [7, −4] becomes [3, −3], of norm √18, then √2·[1, −1].
    bound.step([tensor1d([7, -4])], 1);
    expect(p.dataSync()[0]).toBeCloseTo(-Math.SQRT2, 5);
    expect(p.dataSync()[1]).toBeCloseTo(Math.SQRT2, 5);
  });

  it('in a chain counts what the outer one has scaled', () => {
    const p = variable(tensor1d([0]));
    const inner = chain(clipByGlobalNorm(1), sgd());
    chain(clipByGlobalNorm(3), inner)
      .bind([p])
      .step([tensor1d([8])], 1);
    expect(p.dataSync()[0]).toBeCloseTo(-1, 5);
  });

  it("clips for TensorFlow.js's own optimizers, and others that know nothing of a scale", () => {
    for (const rule of [stock.sgd(1), stockOptimizer(stock.sgd(1))]) {
      const p = variable(tensor1d([0, 0]));
      const bound = chain(clipByGlobalNorm(1), rule).bind([p]);
      bound.step([tensor1d([3, 4])], 1);
      expect(p.dataSync()[1]).toBeCloseTo(-0.8, 5);
      expect(bound.updates).toBe(1);
    }
  });

  it('leaves a variable without a gradient out of the norm, and alone', () => {
    const [p, q] = [variable(tensor1d([0])), variable(tensor1d([5]))];
    chain(clipByGlobalNorm(1), sgd())
      .bind([p, q])
      .step([tensor1d([9]), null], 1);
    expect(p.dataSync()[0]).toBeCloseTo(-1, 5);
    expect(q.dataSync()[0]).toBe(5);
  });

  it('refuses what it does not take', () => {
    expect(() => chain(clipByGlobalNorm(1) as never)).toThrow(
      'chain: got Object as its last part, takes an optimizer there',
    );
    expect(() => chain(sgd() as never, sgd())).toThrow('as its part 1, takes a transform');
    expect(() => clipByGlobalNorm(0)).toThrow('maxNorm: got 0, takes a number above 0');
  });
});

describe('accumulate', () => {
  it('counts an update where there was one, and leaves the variables alone until then', () => {
    const variables = parameters();
    const bound = accumulate(adam(), { steps: 3 }).bind(variables);
    const start = variables.map((v) => v.dataSync());
    const updates: number[] = [];
    for (let step = 0; step < 6; step++) {
      walk(bound, 0.1, step, step + 1);
      updates.push(bound.updates);
      if (step === 1) variables.forEach((v, i) => expect(v.dataSync()).toEqual(start[i]));
    }
    expect(updates).toEqual([0, 0, 1, 1, 1, 2]);
  });

  it('takes the mean over all its steps, also where some have no gradient', () => {
    const [p, q] = [variable(tensor1d([0])), variable(tensor1d([0]))];
    const bound = accumulate(sgd(), { steps: 2 }).bind([p, q]);
    const go = (a: number | null, b: number | null): void =>
      bound.step(
        [a, b].map((value) => (value === null ? null : tensor1d([value]))),
        1,
      );
    go(4, null);
    go(2, 6);
    expect([p.dataSync()[0], q.dataSync()[0]]).toEqual([-3, -3]);
    // What was left of the last mean is not in the next.
    go(null, 8);
    go(null, 2);
    expect([p.dataSync()[0], q.dataSync()[0]]).toEqual([-3, -8]);
  });

  it('takes an optimizer of TensorFlow.js, as chain does', () => {
    const moved = (rule: Parameters<typeof accumulate>[0]): unknown[] => {
      const variables = parameters();
      const bound = accumulate(rule, { steps: 2 }).bind(variables);
      walk(bound, 0.1, 0, 5);
      return variables.map((v) => v.dataSync());
    };
    expect(moved(stock.sgd(0.1))).toEqual(moved(sgd()));
  });

  it('refuses what it does not take', async () => {
    expect(() => accumulate(sgd(), { steps: 0 })).toThrow('steps: got 0, takes a whole number');
    expect(() => accumulate(accumulate(sgd(), { steps: 2 }), { steps: 2 })).toThrow(
      'an optimizer that accumulates already',
    );
    const inner = chain(clipByGlobalNorm(1), accumulate(sgd(), { steps: 2 }));
    expect(() => accumulate(inner, { steps: 2 })).toThrow('an optimizer that accumulates already');
    expect(() => accumulate(undefined as never, { steps: 2 })).toThrow(
      'accumulate: got undefined, takes an optimizer, such as sgd()',
    );
    const variables = parameters();
    const state = await sgd({ momentum: 0.9 }).bind(variables).getState();
    const bound = accumulate(sgd({ momentum: 0.9 }), { steps: 2 }).bind(variables);
    await expect(bound.setState(state)).rejects.toThrow('the slots [], takes [accumulate.sum]');
    expect(() => bound.step([null], 1)).toThrow('gradients: got 1, takes one (or null)');
  });
});

describe('groups', () => {
  it('give each variable the first that takes it, and are written down', () => {
    const filter = ({ shape }: { shape: readonly number[] }): boolean => shape.length === 1;
    const optimizer = rmsprop({
      groups: [
        { filter: /kernel/g, rateFactor: 0 },
        { filter, weightDecay: 0.5 },
        { filter: 'all', rateFactor: 100 },
      ],
    });
    expect(optimizer.config.groups).toEqual([
      { filter: '/kernel/g', rateFactor: 0 },
      { filter: 'custom', rateFactor: 1, weightDecay: 0.5 },
      { filter: 'all', rateFactor: 100 },
    ]);
    expect(rmsprop().config).not.toHaveProperty('groups');
    const variables = parameters();
    optimizer.bind(variables).step(gradientsAt(0), 0.1);
    expect([...(variables[0] as Variable).dataSync()]).toEqual(
      (golden.initial[0] as number[]).map(Math.fround),
    );
    const moved = (variables[1] as Variable).dataSync();
    expect(moved[0]).not.toBe(Math.fround(golden.initial[1]?.[0] ?? 0));
    expect(Math.max(...moved.map(Math.abs))).toBeLessThan(5);
  });

  it('are refused as a decay is that matches nothing by mistake', () => {
    const variables = parameters();
    const bind = (given: SgdOptions): (() => unknown) => {
      return () => sgd({ weightDecay: 0.1, ...given }).bind(variables);
    };
    const decay = /misspelt/;
    expect(bind({ decay })).toThrow(
      /^decay: takes none of the 2 variables, which are 'run\d+\/conv\/kernel', '\S+'; takes an expression that matches some, or weightDecay: 0$/,
    );
    expect(bind({ decay, groups: [{ filter: 'all', rateFactor: 2 }] })).toThrow(
      'decay: takes none',
    );
    expect(bind({ decay, weightDecay: 0 })).not.toThrow();
    expect(() => sgd({ decay: 'kernels', weightDecay: 0.1 }).bind([])).not.toThrow();
    // What is meant so: only the groups decay, or nothing does.
    const own = { groups: [{ filter: 'kernels', weightDecay: 0.1 }] } as const;
    for (const meant of [decay, () => false]) expect(bind({ decay: meant, ...own })).not.toThrow();
    expect(bind({ decay: () => false })).not.toThrow();
  });

  it('refuse a filter that takes nothing, and what is no filter', () => {
    const variables = parameters();
    expect(() => sgd({ groups: [{ filter: /head/ }] }).bind(variables)).toThrow(
      /groups\[0\]\.filter: takes none of the 2 variables, which are 'run\d+\/conv\/kernel'/,
    );
    expect(() => sgd({ groups: [{ filter: 'head' as never }] })).toThrow(
      "groups[0].filter: got 'head', takes 'all', 'kernels', a regular expression",
    );
    expect(() => sgd({ groups: [{ filter: 'all', learningRate: 1 } as never] })).toThrow(
      "groups[0]: unknown option 'learningRate', takes filter, rateFactor, weightDecay",
    );
  });
});
