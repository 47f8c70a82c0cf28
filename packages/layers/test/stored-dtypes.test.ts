import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConvBnAct, fileSystem, GlobalAveragePool, registerLayers } from '@mnet/layers';
import '@tensorflow/tfjs-backend-cpu';
import { io, setBackend, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { float32ToFloat16 } from '../src/io/float16.ts';
import { values } from './layer-contract.ts';

let root: string;
let folder: string;
let count = 0;
let net: LayersModel;

beforeAll(async () => {
  await setBackend('cpu');
  registerLayers();
  root = await mkdtemp(join(tmpdir(), 'mnet-dtypes-'));
});
beforeEach(() => {
  folder = join(root, String(count++));
  net = sequential({
    layers: [
      new ConvBnAct({ name: 'stem', inputShape: [6, 6, 3], filters: 40, seed: 1 }),
      new ConvBnAct({ name: 'body', filters: 40, seed: 2 }),
      new GlobalAveragePool({ name: 'pool' }),
    ],
  });
});
afterAll(() => rm(root, { recursive: true, force: true }));

const narrow = ['float16', 'uint16', 'uint8'] as const;

async function bytesOfWeights(): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.bin'));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((a, b) => a + b, 0);
}

function numbers(model: LayersModel, name: string): Float32Array {
  const weight = model.weights.find(({ originalName }) => originalName === name)!;
  return weight.read().dataSync<'float32'>();
}

/** Makes one value of a kernel another one. */
function put(name: string, at: number, value: number): void {
  const weight = net.weights.find(({ originalName }) => originalName === name)!;
  const own = numbers(net, name).slice();
  own[at] = value;
  weight.write(tensor(own, weight.shape as number[]));
}

function farthest(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

describe('a model saved in few bytes', () => {
  const kernels = 9 * 3 * 40 + 9 * 40 * 40;
  const vectors = 8 * 40;
  test.each([
    ['float32', 4],
    ['float16', 2],
    ['uint16', 2],
    ['uint8', 1],
  ] as const)('takes in %s %d bytes a value of a kernel', async (dtype, bytes) => {
    const { modelArtifactsInfo } = await net.save(fileSystem(folder, { dtype }));
    expect(await bytesOfWeights()).toBe(kernels * bytes + vectors * 4);
    expect(modelArtifactsInfo.weightDataBytes).toBe(kernels * bytes + vectors * 4);
  });

  test.each(narrow)('keeps in %s all that is no kernel bit by bit', async (dtype) => {
    put('stem/gamma', 0, 1e30);
    await net.save(fileSystem(folder, { dtype }));
    const again = await loadLayersModel(fileSystem(folder));
    for (const name of ['gamma', 'beta', 'moving_mean', 'moving_variance']) {
      expect(numbers(again, `stem/${name}`)).toEqual(numbers(net, `stem/${name}`));
    }
    expect(numbers(again, 'stem/kernel')).not.toEqual(numbers(net, 'stem/kernel'));
  });

  test('is off by half of the last of 11 bits in float16', async () => {
    await net.save(fileSystem(folder, { dtype: 'float16' }));
    const after = numbers(await loadLayersModel(fileSystem(folder)), 'body/kernel');
    // Below 2⁻¹⁴ the steps are of 2⁻²⁴.
    const off = numbers(net, 'body/kernel').map(
      (value, i) => Math.abs(after[i]! - value) / Math.max(Math.abs(value), 2 ** -14),
    );
    expect(Math.max(...off)).toBeLessThanOrEqual(2 ** -11);
    expect(Math.max(...off)).toBeGreaterThan(2 ** -13);
  });

  test.each([
    ['uint16', 2 ** 16],
    ['uint8', 2 ** 8],
  ] as const)('is off by a step of the range at most in %s', async (dtype, steps) => {
    await net.save(fileSystem(folder, { dtype }));
    const [before, after] = [net, await loadLayersModel(fileSystem(folder))].map((model) =>
      numbers(model, 'body/kernel'),
    ) as [Float32Array, Float32Array];
    const step = (Math.max(...before) - Math.min(...before)) / (steps - 1);
    // Half a step for the rounding; at the ends of the range half a step more, since 0 is one of the numbers.
    expect(farthest(before, after)).toBeLessThanOrEqual(step * 1.001);
    const off = before.reduce((sum, value, i) => sum + Math.abs(value - after[i]!), 0);
    expect(off / before.length).toBeCloseTo(step / 4, Math.ceil(-Math.log10(step / 40)));
    expect(new Set(after).size).toBeGreaterThan(100);
  });

  test.each(narrow)('gives in %s nearly the same outputs', async (dtype) => {
    await net.save(fileSystem(folder, { dtype }));
    const again = await loadLayersModel(fileSystem(folder));
    const x = values([2, 6, 6, 3]);
    const [before, after] = [net, again].map((model) =>
      (model.predict(x) as Tensor).dataSync<'float32'>(),
    ) as [Float32Array, Float32Array];
    const relative = farthest(before, after) / Math.max(...before);
    expect(relative).toBeLessThan({ float16: 1e-3, uint16: 1e-4, uint8: 2e-2 }[dtype]);
    expect(relative).toBeGreaterThan(0);
  });

  test.each([
    [0, 0],
    [0.75, 0.75],
    [-3, -3],
  ])('keeps zeros and a kernel of %d alone', async (only, expected) => {
    for (let i = 0; i < 9 * 3 * 40; i++) put('stem/kernel', i, i % 2 === 0 ? only : 0);
    for (const dtype of narrow) {
      await net.save(fileSystem(folder, { dtype }));
      const after = numbers(await loadLayersModel(fileSystem(folder)), 'stem/kernel');
      expect(after[0]).toBeCloseTo(expected, 6);
      expect(after[1]).toBe(0);
    }
  });

  test.each([
    ['float16', 65520, /dtype: got float16 with 65520 in the weight 'stem\/kernel', takes numbers/],
    ['float16', Number.NaN, /got float16 with NaN in the weight 'stem\/kernel'/],
    ['uint16', Number.POSITIVE_INFINITY, /got uint16 with Infinity .* takes finite numbers/],
    ['uint8', Number.NaN, /got uint8 with NaN .* takes finite numbers; save it as float32/],
  ] as const)('is refused in %s with %d in a kernel', async (dtype, value, message) => {
    put('stem/kernel', 7, value);
    await expect(net.save(fileSystem(folder, { dtype }))).rejects.toThrow(message);
    await expect(readdir(folder)).rejects.toThrow(/ENOENT/);
  });

  test('takes no other names', () => {
    expect(() => fileSystem(folder, { dtype: 'int4' as 'uint8' })).toThrow(
      /dtype: got 'int4', takes .*float16/,
    );
  });
});

test.each<[string, (weight: Record<string, any>) => unknown, RegExp]>([
  ['nothing', (w) => (w['quantization'] = null), /quantization\.dtype: got undefined/],
  ['no type', (w) => (w['quantization'] = {}), /quantization\.dtype: got undefined/],
  [
    'an unknown type',
    (w) => (w['quantization'].dtype = 'int4'),
    /weights\[0\]\.quantization\.dtype: got 'int4' of a weight of 'float32'/,
  ],
  ['the type of an object', (w) => (w['quantization'].dtype = '__proto__'), /got '__proto__'/],
  ['float32', (w) => (w['quantization'].dtype = 'float32'), /got 'float32'/],
  ['switches', (w) => (w['dtype'] = 'bool'), /got 'uint8' of a weight of 'bool'/],
  ['no min', (w) => delete w['quantization'].min, /got min undefined and scale/],
  ['a text', (w) => (w['quantization'].scale = '1'), /and scale '1'/],
  ['infinity', (w) => (w['quantization'].min = 1e300), /got min 1e\+300/],
  ['steps without end', (w) => (w['quantization'].scale = 1e38), /and scale 1e\+38/],
  [
    'halves of whole numbers',
    (w) => Object.assign(w, { dtype: 'int32', quantization: { dtype: 'float16' } }),
    /got 'float16' of a weight of 'int32'/,
  ],
])('a file that stores a kernel as %s is refused', async (_, change, message) => {
  await net.save(fileSystem(folder, { dtype: 'uint8' }));
  const file = join(folder, 'model.json');
  const json = JSON.parse(await readFile(file, 'utf8'));
  change(json.weightsManifest[0].weights[0]);
  await writeFile(file, JSON.stringify(json));
  await expect(loadLayersModel(fileSystem(folder))).rejects.toThrow(message);
});

describe('float16', () => {
  const half = (value: number): number => float32ToFloat16(new Float32Array([value]))[0]!;

  // From the tables of the format: https://en.wikipedia.org/wiki/Half-precision_floating-point_format
  test.each([
    [0, 0],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [1 / 3, 0x3555],
    [65504, 0x7bff],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [-Infinity, 0xfc00],
    [2 ** -14, 0x0400],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [1.5 * 2 ** -24, 2],
    [2 ** -14 - 2 ** -25, 0x0400],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2047.5, 0x6800],
    [Number.NaN, 0x7e00],
  ])('of %d is %i', (value, bits) => {
    expect(half(value)).toBe(bits);
  });

  test('of every half is itself, as tfjs reads it', async () => {
    const all = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i).filter(
      (bits) => (bits & 0x7c00) !== 0x7c00,
    );
    const spec = { name: 'all', dtype: 'float32' } as const;
    const { all: read } = io.decodeWeights(all.buffer, [
      { ...spec, shape: [all.length], quantization: { dtype: 'float16' } },
    ]);
    expect(float32ToFloat16(read!.dataSync<'float32'>())).toEqual(all);
  });
});
