import { BasicBlock, InvertedResidual } from '@mnet/layers';
import {
  add,
  grad,
  memory,
  randomNormal,
  relu,
  setBackend,
  slice,
  sub,
  sum,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { input, type layers, model as functional } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';

beforeAll(() => setBackend('cpu'));

const IMAGES = 12;
const pictures = (): Tensor4D => randomNormal([IMAGES, 4, 4, 3], 0, 1, 'float32', 5);

/** The block as a model whose batch normalization stands still, so that training differs by what is dropped alone. */
function still(block: layers.Layer) {
  const image = input({ shape: [4, 4, 3] });
  const model = functional({ inputs: image, outputs: block.apply(image) as never });
  block.trainable = false;
  return (x: Tensor, step?: number): Tensor4D =>
    model.apply(x, { training: step !== undefined, step }) as Tensor4D;
}

const inverted = (dropPath = 0.5, seed = 7): InvertedResidual =>
  new InvertedResidual({ filters: 3, expansion: 2, seed, dropPath });
const basic = (dropPath = 0.5): BasicBlock => new BasicBlock({ filters: 3, seed: 7, dropPath });

const rowsOf = (x: Tensor4D): number[][] =>
  Array.from({ length: IMAGES }, (_, i) => [...slice(x, [i, 0, 0, 0], [1, -1, -1, -1]).dataSync()]);
const near = (row: number[] | undefined, other: number[] | undefined): boolean =>
  (row as number[]).every((v, i) => Math.abs(v - (other?.[i] as number)) < 1e-5);

describe('dropPath', () => {
  it('leaves x alone for some images and doubles the branch of the others', () => {
    const call = still(inverted());
    const x = pictures();
    const whole = call(x);
    const branch = sub(whole, x);
    const [kept, dropped] = [rowsOf(add(add(x, branch), branch)), rowsOf(x)];
    const rows = rowsOf(call(x, 3));
    const gone = rows.map((row, i) => near(row, dropped[i]));
    rows.forEach((row, i) => expect(near(row, gone[i] ? dropped[i] : kept[i])).toBe(true));
    expect(gone).toContain(true);
    expect(gone).toContain(false);
    // Nothing flows back through a branch that is left out.
    const gradients = rowsOf(grad((t: Tensor) => sum(call(t, 3)))(x) as Tensor4D);
    gradients.forEach((row, i) => expect(near(row, Array(48).fill(1))).toBe(gone[i]));
  });

  it('comes before the activation of a block of two convolutions', () => {
    const call = still(basic());
    const x = pictures();
    const shortcut = rowsOf(relu(x));
    const [whole, rows] = [rowsOf(call(x)), rowsOf(call(x, 1))];
    const gone = rows.map((row, i) => near(row, shortcut[i]));
    expect(gone).toContain(true);
    expect(gone).toContain(false);
    const lone = rowsOf(x);
    rows.forEach((row, i) => {
      if (gone[i]) return;
      // Where the sum is above 0 it is x + branch, and x + 2 · branch where that is too.
      row.forEach((v, k) => {
        const [sumOf, own] = [whole[i]?.[k] as number, lone[i]?.[k] as number];
        if (sumOf > 0 && v > 0) expect(v).toBeCloseTo(2 * sumOf - own, 4);
      });
    });
  });

  it('follows from the seed and the step alone', () => {
    const x = pictures();
    const [one, twin, other] = [still(inverted()), still(inverted()), still(inverted(0.5, 8))];
    const at = (call: typeof one, step: number): number[][] => rowsOf(call(x, step));
    expect(at(one, 4)).toEqual(at(one, 4));
    expect(at(twin, 4)).toEqual(at(one, 4));
    expect(at(one, 5)).not.toEqual(at(one, 4));
    expect(at(other, 4)).not.toEqual(at(one, 4));
    expect(() => one(x, 0.5)).toThrow('step: got 0.5');
  });

  it('drops as many as it says, and none in inference', () => {
    const [call, never] = [still(inverted(0.3)), still(inverted(0))];
    const x = pictures();
    const lone = rowsOf(x);
    let gone = 0;
    for (let step = 0; step < 100; step++) {
      gone += rowsOf(call(x, step)).filter((row, i) => near(row, lone[i])).length;
    }
    expect(Math.abs(gone / (100 * IMAGES) - 0.3)).toBeLessThan(0.04);
    expect(rowsOf(call(x))).toEqual(rowsOf(never(x)));
    expect(rowsOf(never(x, 1))).toEqual(rowsOf(never(x)));
    const before = memory().numTensors;
    call(x, 1).dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('is saved with the block where there is any', () => {
    for (const make of [inverted, basic]) {
      const block = make(0.25);
      expect(block.getConfig()).toMatchObject({ dropPath: 0.25 });
      expect(make(0).getConfig()).not.toHaveProperty('dropPath');
      const Block = block.constructor as new (config: object) => typeof block;
      const copy = new Block(block.getConfig());
      expect(copy.getConfig()).toEqual(block.getConfig());
    }
  });

  it('needs a shortcut', () => {
    expect(() => still(new InvertedResidual({ filters: 4, expansion: 2, dropPath: 0.1 }))).toThrow(
      'got dropPath 0.1 without a shortcut, takes 0',
    );
    expect(() => inverted(1)).toThrow('dropPath: got 1, takes');
  });
});
