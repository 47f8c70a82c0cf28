import { capture } from '@mnet/backend';
import { captureStep, type ComputedStep } from '@mnet/ops';
import {
  add,
  clone,
  keep,
  mul,
  randomUniform,
  relu,
  setBackend,
  square,
  sum,
  type Tensor,
  tensor1d,
  tidy,
  topk,
  variable,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { runningBackend } from '../src/register-backend.ts';
import { numbers } from './compare.ts';
import { type Beside, course, makeStep, Network, state } from './network-step.ts';

beforeAll(async () => {
  await setBackend('mnet');
});

describe('what cannot be replayed is computed, with a reason:', () => {
  const kept: Tensor[] = [];
  const counter = { value: 0 };
  const outside = (): Tensor => (kept[0] ??= keep(tensor1d([1, 2, 3])));
  const cases: [string, RegExp, Beside][] = [
    ['a kernel in JavaScript', /^'TopK' runs in JavaScript/, (x) => void topk(x)],
    ['values that are read', /^values cannot be read/, (x) => void x.dataSync()],
    [
      'many values of JavaScript',
      /^100 values come from JavaScript/,
      () => void add(tensor1d(numbers(100, 1)), 1),
    ],
    [
      'random numbers of JavaScript',
      /^it draws random numbers/,
      (x) => void mul(x, Math.random() < 2 ? 1 : 0),
    ],
    [
      'random tensors',
      /^it draws random numbers|come from JavaScript/,
      () => void randomUniform([2]),
    ],
    ['what it says itself', /^it looks at the weather/, (_, varies) => varies('the weather')],
    [
      'other numbers at each step',
      /^two steps in a row have launched other commands/,
      (x) => void mul(x, counter.value++),
    ],
    [
      'other kernels at each step',
      /^two steps in a row have launched other commands/,
      (x) => void (counter.value++ % 2 === 0 ? relu(x) : square(x)),
    ],
    [
      'a tensor from outside',
      /^the step reads a tensor that is neither a variable nor one of its inputs/,
      () => void mul(outside(), 2),
    ],
    [
      'a tensor that is kept',
      /^a tensor that the step has made is kept/,
      (x) => void kept.push(keep(add(x, 1))),
    ],
  ];
  for (const [name, reason, beside] of cases) {
    test(name, () => {
      const seeds = [1, 2, 3, 4, 5];
      const want = course(seeds, undefined);
      const step = captureStep();
      expect(course(seeds, step, { beside })).toEqual(want);
      expect(step.reason).toMatch(reason);
      expect(step.replayed).toBe(0);
      step.dispose();
      for (const each of kept.splice(0)) each.dispose();
    });
  }

  test('an input that is a variable, or another record reads', () => {
    const [x, weights] = [variable(tensor1d([1, 2])), variable(tensor1d([1, 1]))];
    const other = tensor1d([3, 4]);
    const reading = capture((y) => mul(y, other), [2]);
    const refused: [Tensor, RegExp][] = [
      [x, /^an input of the step is a variable, or shares/],
      [clone(x), /^an input of the step is a variable, or shares/],
      [other, /^another record reads an input of the step/],
    ];
    for (const [input, reason] of refused) {
      const step = captureStep();
      for (let i = 0; i < 6; i++) {
        const compute = (): ComputedStep => ({ values: [sum(mul(input, weights))], gradients: [] });
        for (const value of step.run([input], compute, () => {})) value.dispose();
      }
      expect(step.reason).toMatch(reason);
      expect(step.replayed).toBe(0);
      step.dispose();
    }
    expect(reading.run([1, 1])).toEqual(Float32Array.of(3, 4));
    reading.dispose();
  });

  test('a step for whose record there is no memory', () => {
    const seeds = [1, 2, 3, 4, 5];
    const want = course(seeds, undefined);
    const before = state();
    const backend = runningBackend();
    const allocate = backend.allocate.bind(backend);
    backend.allocate = (bytes, what) => {
      if (what === 'a recorded computation') throw new Error(`no memory for ${what}`);
      return allocate(bytes, what);
    };
    const step = captureStep();
    try {
      expect(course(seeds, step)).toEqual(want);
    } finally {
      backend.allocate = allocate;
    }
    expect(step.reason).toBe('no memory for a recorded computation');
    expect(state()).toEqual(before);
    step.dispose();
  });

  test('a variable that gets another tensor at each step', () => {
    const network = new Network();
    const step = captureStep();
    for (let i = 0; i < 9; i++) {
      tidy(() => network.beta.assign(add(network.beta, 0)));
      makeStep(network, step, i);
    }
    expect(step.reason).toMatch(/^a variable gets another tensor at each step/);
    expect(step.replayed).toBe(0);
    step.dispose();
    network.dispose();
  });

  test('another backend, also one that was chosen in between', async () => {
    const network = new Network();
    const before = state();
    const recorded = captureStep();
    for (const seed of [1, 2, 3]) makeStep(network, recorded, seed);
    expect(recorded.replayed).toBe(1);
    await setBackend('cpu');
    makeStep(network, recorded, 4);
    expect(recorded.replayed).toBe(1);
    const step = captureStep();
    makeStep(network, step, 5);
    expect(step.reason).toBe("the backend 'cpu' records nothing");
    step.dispose();
    await setBackend('mnet');
    // The first of these brings the variables back.
    for (const seed of [6, 7, 8, 9]) makeStep(network, recorded, seed);
    expect(recorded.replayed).toBe(2);
    recorded.dispose();
    expect(state()).toEqual(before);
    network.dispose();
  });
});
