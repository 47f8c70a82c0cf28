import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  architecture,
  buildModel,
  createModel,
  encodeSafetensors,
  encodeWeights,
  foldBatchNorm,
  freeze,
  listModels,
  loadWeights,
  type ModelName,
  type ModelOptions,
  parseSafetensors,
  resetClassifier,
  type SafetensorsArray,
  saveWeights,
  tensorValues,
  weightNames,
  type WeightsFormat,
  WeightsError,
} from '@mnet/models';
import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend, type Tensor, tensor } from '@tensorflow/tfjs-core';
import {
  input,
  layers,
  type LayersModel,
  type LayerVariable,
  model as layersModel,
} from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { registry } from '../../src/registry.ts';
import { picture, uniform } from '../golden/values.ts';

beforeAll(async () => setBackend('cpu'));

/** A narrow network whose weights and statistics are all random. */
function randomModel(name: ModelName, seed: number, options: ModelOptions = {}): LayersModel {
  const width = name === 'normal_cnn' ? 0.0625 : 0.125;
  return randomize(createModel(name, { width, seed, strides: 'paper', ...options }), seed);
}

function randomize(model: LayersModel, seed: number): LayersModel {
  for (const weight of model.weights) {
    const name = weight.originalName;
    const shape = weight.shape.map(Number);
    const size = shape.reduce((a, b) => a * b, 1);
    const u = uniform(`${seed} ${name}`, size);
    // Small variances are where an epsilon counts; the kernels keep pace with them.
    const inputs = name.includes('depthwise') ? 9 : size / shape.at(-1)!;
    const values = name.endsWith('kernel')
      ? u.map((x) => (x - 0.5) * 0.3 * Math.sqrt(1 / inputs))
      : u.map((x) => (x + 0.5) * (name.endsWith('moving_variance') ? 0.01 : 1));
    write(weight, new Float32Array(values));
  }
  return model;
}

function write(weight: LayerVariable, values: Float32Array): void {
  const value = tensor(values, weight.shape.map(Number));
  weight.write(value);
  value.dispose();
}

/** A digest of each weight's bits, by name. */
function digests(model: LayersModel): Record<string, string> {
  const entries = model.weights.map((weight) => {
    const values = weight.read().dataSync();
    return [weight.originalName, createHash('sha256').update(values).digest('hex')];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

/** The bytes of a file with some of its tensors changed, removed (undefined) or added. */
function edited(
  bytes: Uint8Array,
  edits: Record<string, { shape: number[]; values: SafetensorsArray } | undefined>,
): Uint8Array {
  const content = parseSafetensors(bytes);
  const tensors = new Map<string, { shape: readonly number[]; values: SafetensorsArray }>(
    [...content.tensors].map(([name, { shape }]) => [
      name,
      { shape, values: tensorValues(content, name) },
    ]),
  );
  for (const [name, edit] of Object.entries(edits)) {
    if (edit) tensors.set(name, { ...edit, shape: edit.shape });
    else tensors.delete(name);
  }
  return encodeSafetensors(tensors);
}

/** The file with its float32 tensors cut to bfloat16, as a smaller checkpoint has them. */
function inBfloat16(bytes: Uint8Array): Uint8Array {
  const content = parseSafetensors(bytes);
  const header: Record<string, object> = {};
  const parts: Buffer[] = [];
  let offset = 0;
  for (const [name, { dtype, shape, bytes: data }] of content.tensors) {
    const kept = Buffer.from(dtype === 'F32' ? data.filter((_, i) => i % 4 >= 2) : data);
    const end = offset + kept.length;
    header[name] = { dtype: dtype === 'F32' ? 'BF16' : dtype, shape, data_offsets: [offset, end] };
    parts.push(kept);
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...parts]);
}

async function fault(work: Promise<unknown>): Promise<WeightsError> {
  const outcome = await work.catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(WeightsError);
  return outcome as WeightsError;
}

/** Those that PyTorch's names are known of: all of the papers. */
const named = listModels().filter((name) => 'torchvision' in registry[name].names);

describe.each(named)('%s', (name) => {
  test.each<WeightsFormat>(['mnet', 'torchvision'])(
    'is the same bits after saving and loading as %s',
    async (format) => {
      const saved = randomModel(name, 1);
      const loaded = randomModel(name, 2);
      const report = await loadWeights(loaded, await encodeWeights(saved, { format }), { format });
      expect(digests(loaded)).toEqual(digests(saved));
      expect(report.loaded).toHaveLength(saved.weights.length);
      expect(report).toMatchObject({ reset: [], missing: [], unexpected: [], differences: [] });
    },
  );

  test('is laid out as PyTorch has it', async () => {
    const model = randomModel(name, 1);
    const content = parseSafetensors(await encodeWeights(model, { format: 'torchvision' }));
    const at = (tensorName: string, ...place: number[]): number => {
      const { shape } = content.tensors.get(tensorName)!;
      const index = place.reduce((sum, p, axis) => sum * shape[axis]! + p, 0);
      return (tensorValues(content, tensorName) as Float32Array)[index]!;
    };
    const names = weightNames(model, 'torchvision');
    const of = (layout: string) => names.filter((entry) => entry.layout === layout);
    const value = (weight: string, ...place: number[]): number => {
      const variable = model.weights.find(({ originalName }) => originalName === weight)!;
      const index = place.reduce((sum, p, axis) => sum * Number(variable.shape[axis]) + p, 0);
      return variable.read().dataSync()[index]!;
    };
    // One entry with four different coordinates decides the order of the axes.
    for (const { weight, tensor: t } of of('conv')) {
      const last = content.tensors.get(t)!.shape.map((length) => length - 1);
      const [o, i, h, w] = [last[0]!, last[1]! - 1, last[2]!, Math.ceil(last[3]! / 2)];
      expect(at(t, o, i, h, w)).toBe(value(weight, h, w, i, o));
    }
    for (const { weight, tensor: t } of of('depthwise')) {
      expect(at(t, 5, 0, 2, 1)).toBe(value(weight, 2, 1, 5, 0));
    }
    for (const { weight, tensor: t } of of('dense')) expect(at(t, 3, 1)).toBe(value(weight, 1, 3));
    for (const { weight, tensor: t } of of('pointwise')) {
      expect(at(t, 3, 1, 0, 0)).toBe(value(weight, 1, 3));
    }
    const counters = [...content.tensors].filter(([key]) => key.endsWith('num_batches_tracked'));
    const normalizations = names.filter(({ weight }) => weight.endsWith('gamma'));
    expect(counters.map(([key]) => key)).toEqual(
      normalizations.map(({ tensor: t }) => t.replace(/weight$/, 'num_batches_tracked')),
    );
    for (const [, { dtype, shape }] of counters) expect([dtype, shape]).toEqual(['I64', []]);
    expect(content.metadata.get('format')).toBe('pt');
  });

  test('does not leak', async () => {
    const model = randomModel(name, 1);
    const bytes = await encodeWeights(model);
    const before = memory().numTensors;
    await loadWeights(model, bytes);
    await encodeWeights(model, { format: 'torchvision' });
    expect(memory().numTensors).toBe(before);
  });
});

describe('timm', () => {
  const path = new URL('../golden/timm/names.json', import.meta.url);
  const names = JSON.parse(readFileSync(path, 'utf8')) as Record<
    ModelName,
    Record<string, number[]>
  >;

  test.each(Object.keys(names) as ModelName[])('names and shapes of %s', (name) => {
    const model = createModel(name, { classes: 1000, strides: 'paper', seed: 1 });
    const entries = weightNames(model, 'timm').map(({ tensor: t, shape }) => [t, shape]);
    expect(Object.fromEntries(entries)).toEqual(names[name]);
    model.dispose();
  });

  test("MobileNetV3's other epsilon: the same logits, there and back", async () => {
    const theirs = architecture('mobilenet_v3_small', { width: 0.125 });
    const timm = { ...theirs, batchNorm: { epsilon: 1e-5, momentum: 0.1 } };
    const original = randomize(buildModel(timm, { seed: 1 }), 1);
    const file = await encodeWeights(original, { format: 'timm' });
    const model = createModel('mobilenet_v3_small', { width: 0.125, strides: 'paper', seed: 2 });
    await loadWeights(model, file, { format: 'timm' });
    const again = buildModel(timm, { seed: 3 });
    await loadWeights(again, await encodeWeights(model, { format: 'timm' }), { format: 'timm' });
    const x = tensor(picture([2, 32, 32, 3]), [2, 32, 32, 3]);
    const [a, b, c] = [original, model, again].map((m) => (m.predict(x) as Tensor).dataSync());
    const scale = Math.max(...a!.map(Math.abs));
    for (let i = 0; i < a!.length; i++) {
      expect(Math.abs(a![i]! - b![i]!)).toBeLessThan(1e-5 * scale);
      expect(Math.abs(a![i]! - c![i]!)).toBeLessThan(1e-5 * scale);
    }
  });

  test('a network that it lacks', () => {
    const model = createModel('normal_cnn', { width: 0.125 });
    expect(() => weightNames(model, 'timm')).toThrow(
      /^format: got 'timm' for normal_cnn, and it has names for mobilenet_v1, .*; write format: 'mnet'$/,
    );
  });

  test('its MobileNetV1 has another activation', async () => {
    const model = createModel('mobilenet_v1', { width: 0.125 });
    const file = await encodeWeights(model, { format: 'timm' });
    const error = await fault(loadWeights(model, file, { format: 'timm' }));
    expect(error.message).toContain(
      "the model's activation is 'relu', timm's 'relu6'; make it with buildModel(",
    );
    const report = await loadWeights(model, file, { format: 'timm', strict: false });
    expect(report.differences).toHaveLength(1);
    const table = {
      ...architecture('mobilenet_v1', { width: 0.125 }),
      activation: 'relu6',
    } as const;
    const relu6 = await loadWeights(buildModel(table), file, { format: 'timm' });
    expect(relu6.differences).toEqual([]);
  });
});

describe('a file that does not fit', () => {
  const name = 'mobilenet_v3_small';
  const format = 'torchvision';
  let model: LayersModel;
  let file: Uint8Array;
  let before: Record<string, string>;
  beforeAll(async () => {
    file = await encodeWeights(randomModel(name, 1), { format });
  });
  beforeEach(() => {
    model = randomModel(name, 2);
    before = digests(model);
  });
  const stem = 'features.0.0.weight';
  const f32 = (shape: number[], value = 1) => ({
    shape,
    values: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
  });

  test('a missing tensor is named, and no weight changes', async () => {
    const error = await fault(loadWeights(model, edited(file, { [stem]: undefined }), { format }));
    expect(error.message).toBe(
      `the given bytes: tensor "${stem}": does not fit mobilenet_v3_small (format: 'torchvision'); missing: "${stem}" [16, 3, 3, 3]`,
    );
    expect(error.tensor).toBe(stem);
    expect(digests(model)).toEqual(before);
  });

  test('a tensor too many is named', async () => {
    const bytes = edited(file, { 'features.99.weight': f32([2, 3]) });
    const error = await fault(loadWeights(model, bytes, { format }));
    expect(error.message).toMatch(/; not in the model: "features\.99\.weight" \[2, 3\]$/);
  });

  test('a misshapen tensor is named with what it takes, strict or not', async () => {
    const bytes = edited(file, { [stem]: f32([16, 3, 5, 5]) });
    for (const strict of [true, false]) {
      const error = await fault(loadWeights(model, bytes, { format, strict }));
      expect(error.message).toContain(
        `shapes differ: "${stem}" is [16, 3, 5, 5], takes [16, 3, 3, 3]`,
      );
    }
    expect(digests(model)).toEqual(before);
  });

  test('a transposed tensor of the same size is misshapen', async () => {
    const bytes = edited(file, { 'classifier.3.weight': f32([1024, 10]) });
    expect((await fault(loadWeights(model, bytes, { format }))).message).toContain(
      'takes [10, 1024]',
    );
  });

  test('many faults are counted', async () => {
    const other = randomModel(name, 3, { width: 0.5 });
    const bytes = await encodeWeights(other, { format });
    const { message } = await fault(loadWeights(model, bytes, { format }));
    expect(message).toMatch(
      /shapes differ: (".+?" is \[.+?\], takes \[.+?\](, )?){4} and \d+ more/,
    );
  });

  test('without strict, what is there is loaded and the rest is told', async () => {
    const bytes = edited(file, { [stem]: undefined, 'features.99.weight': f32([1]) });
    const report = await loadWeights(model, bytes, { format, strict: false });
    expect(report.missing).toEqual([stem]);
    expect(report.unexpected).toEqual(['features.99.weight']);
    const after = digests(model);
    expect(after['stem/kernel']).toEqual(before['stem/kernel']);
    expect(after['stem/gamma']).not.toEqual(before['stem/gamma']);
  });

  test('files without batch counters load', async () => {
    const counters = [...parseSafetensors(file).tensors.keys()].filter((t) =>
      t.endsWith('tracked'),
    );
    const edits = Object.fromEntries(counters.map((t) => [t, undefined]));
    expect(counters.length).toBeGreaterThan(30);
    const report = await loadWeights(model, edited(file, edits), { format });
    expect(report.missing).toEqual([]);
  });

  test('integers are not weights', async () => {
    const bytes = edited(file, {
      'features.0.1.bias': { shape: [16], values: new Int32Array(16) },
    });
    const error = await fault(loadWeights(model, bytes, { format }));
    expect(error.message).toMatch(
      /tensor "features\.0\.1\.bias": dtype I32, a weight takes F64, F32, F16 or BF16$/,
    );
    expect(digests(model)).toEqual(before);
  });

  test('double precision is rounded', async () => {
    const bytes = edited(file, {
      'features.0.1.bias': { shape: [16], values: new Float64Array(16).fill(0.1) },
    });
    await loadWeights(model, bytes, { format });
    const beta = model.weights.find(({ originalName }) => originalName === 'stem/beta')!;
    expect(beta.read().dataSync()).toEqual(new Float32Array(16).fill(0.1));
  });

  test('a bfloat16 file loads', async () => {
    await loadWeights(model, inBfloat16(file), { format });
    const wanted = parseSafetensors(file);
    const bits = new Uint32Array(
      (tensorValues(wanted, 'features.0.1.bias') as Float32Array).buffer,
    );
    const beta = model.weights.find(({ originalName }) => originalName === 'stem/beta')!;
    const got = Float32Array.from(beta.read().dataSync());
    expect([...new Uint32Array(got.buffer)]).toEqual(
      Array.from(bits, (b) => (b & 0xffff0000) >>> 0),
    );
  });

  test('names of another format are recognized', async () => {
    const error = await fault(loadWeights(model, file, { format: 'timm' }));
    expect(error.message).toContain("the names are those of format: 'torchvision'");
  });

  test.each<WeightsFormat>(['mnet', 'torchvision', 'timm'])(
    'other classes want resetClassifier (%s)',
    async (f) => {
      const other = randomModel(name, 3, { classes: 7 });
      const bytes = await encodeWeights(other, { format: f });
      const error = await fault(loadWeights(model, bytes, { format: f }));
      expect(error.message).toContain(
        "the file is for 7 classes, the model for 10: to keep the model's classifier as it is, write resetClassifier: true",
      );
      const report = await loadWeights(model, bytes, { format: f, resetClassifier: true });
      expect(report.reset).toHaveLength(2);
      const after = digests(model);
      const source = digests(other);
      expect(after['classifier/kernel']).toEqual(before['classifier/kernel']);
      expect(after['classifier/bias']).toEqual(before['classifier/bias']);
      expect(after['hidden/kernel']).toEqual(source['hidden/kernel']);
    },
  );

  test('a file without any classifier loads with resetClassifier', async () => {
    const bytes = edited(file, {
      'classifier.3.weight': undefined,
      'classifier.3.bias': undefined,
    });
    const { reset } = await loadWeights(model, bytes, { format, resetClassifier: true });
    expect(reset).toEqual(['classifier.3.weight', 'classifier.3.bias']);
  });

  test("TensorFlow's padding is told apart", async () => {
    const same = randomModel(name, 2, { padding: 'same' });
    const error = await fault(loadWeights(same, file, { format }));
    expect(error.message).toContain("the model pads 'same', torchvision 'symmetric'");
    expect((await loadWeights(same, file, { format, strict: false })).differences).toHaveLength(1);
  });
});

describe('any LayersModel, as mnet', () => {
  const userModel = (units: number): LayersModel => {
    const x = input({ shape: [4] });
    const hidden = layers.dense({ name: 'first', units: 5 }).apply(x);
    const y = layers.dense({ name: 'last', units }).apply(hidden) as ReturnType<typeof input>;
    return layersModel({ inputs: x, outputs: y, name: 'mine' });
  };

  test('is saved and loaded by the names of its layers', async () => {
    const saved = userModel(3);
    const loaded = userModel(3);
    await loadWeights(loaded, await encodeWeights(saved));
    expect(digests(loaded)).toEqual(digests(saved));
    expect(Object.keys(digests(saved))).toEqual([
      'first/kernel',
      'first/bias',
      'last/kernel',
      'last/bias',
    ]);
  });

  test('its last layer is its classifier', async () => {
    const bytes = await encodeWeights(userModel(2));
    const { reset } = await loadWeights(userModel(3), bytes, { resetClassifier: true });
    expect(reset).toEqual(['last/kernel', 'last/bias']);
  });

  test("PyTorch's names are not known for it", async () => {
    await expect(encodeWeights(userModel(2), { format: 'torchvision' })).rejects.toThrow(
      /^format: got 'torchvision' for the model 'mine', and it has names for mobilenet_v1, /,
    );
  });

  test('a table of fewer rows under the name of a network', () => {
    const table = architecture('mobilenet_v2', { width: 0.125 });
    const model = buildModel({ ...table, blocks: table.blocks.slice(0, 2) });
    expect(() => weightNames(model, 'torchvision')).toThrow(
      'for a mobilenet_v2 of 3 blocks, and it has names for 17',
    );
  });
});

describe('after the other tools of this package', () => {
  test('a new classifier is saved and loaded as any', async () => {
    const model = resetClassifier(randomModel('mobilenet_v2', 1), 7, { seed: 2 });
    const bytes = await encodeWeights(model, { format: 'torchvision' });
    expect(parseSafetensors(bytes).tensors.get('classifier.1.weight')!.shape).toEqual([7, 1280]);
    const loaded = randomModel('mobilenet_v2', 3, { classes: 7 });
    await loadWeights(loaded, bytes, { format: 'torchvision' });
    expect(digests(loaded)).toEqual(digests(model));
  });

  test('frozen layers load', async () => {
    const source = randomModel('mobilenet_v2', 1);
    const model = freeze(randomModel('mobilenet_v2', 2), 'block3');
    await loadWeights(model, await encodeWeights(source));
    expect(digests(model)).toEqual(digests(source));
  });

  test('a folded model has no normalization to name', async () => {
    const model = foldBatchNorm(randomModel('mobilenet_v2', 1));
    const names = () => weightNames(model, 'torchvision');
    expect(names).toThrow(
      /stem has no batch normalization; save a model before folding it, or write format: 'mnet'/,
    );
    expect((await encodeWeights(model)).length).toBeGreaterThan(0);
  });
});

describe('saveWeights', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mnet-save-'));
  });
  afterAll(async () => rm(folder, { recursive: true }));

  test('writes a file that loads, makes folders, replaces, and leaves nothing else', async () => {
    const path = join(folder, 'a/b/w.safetensors');
    const model = randomModel('mobilenet_v2', 1);
    await saveWeights(randomModel('mobilenet_v2', 2), path);
    await saveWeights(model, pathToFileURL(path));
    expect(await readdir(join(folder, 'a/b'))).toEqual(['w.safetensors']);
    const loaded = randomModel('mobilenet_v2', 3);
    const report = await loadWeights(loaded, path);
    expect(report.file).toBe(path);
    expect(digests(loaded)).toEqual(digests(model));
  });

  test('a place that cannot be written leaves nothing', async () => {
    await writeFile(join(folder, 'file'), '');
    const model = randomModel('mobilenet_v2', 1);
    await expect(saveWeights(model, join(folder, 'file/w.safetensors'))).rejects.toThrow(
      /ENOTDIR|EEXIST/,
    );
    await expect(saveWeights(model, join(folder, 'a'))).rejects.toThrow(/EISDIR|EPERM/);
    const left = (await readdir(folder)).filter((entry) => entry.endsWith('.tmp'));
    expect(left).toEqual([]);
  });
});

test.each<[string, () => Promise<unknown>, RegExp]>([
  [
    'no model',
    () => loadWeights(undefined as never, new Uint8Array()),
    /^model: got undefined, takes a tf\.LayersModel/,
  ],
  [
    'no format',
    () => encodeWeights(tiny(), { format: 'keras' as never }),
    /^format: got 'keras', takes one of 'mnet'/,
  ],
  [
    'a strange option',
    () => loadWeights(tiny(), 'x', { formt: 'mnet' } as never),
    /unknown option 'formt', takes format/,
  ],
  [
    'no boolean',
    () => loadWeights(tiny(), 'x', { strict: 1 as never }),
    /^strict: got 1, takes true or false/,
  ],
  ['no path', () => saveWeights(tiny(), ''), /^path: got , takes a path or a file: URL/],
  [
    'a web address',
    () => saveWeights(tiny(), new URL('https://x/y')),
    /^path: got https:\/\/x\/y, takes/,
  ],
])('refuses %s', async (_, call, message) => {
  await expect(call()).rejects.toThrow(message);
});

function tiny(): LayersModel {
  const x = input({ shape: [1] });
  return layersModel({ inputs: x, outputs: layers.dense({ units: 1 }).apply(x) as typeof x });
}
