import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  architecture,
  buildModel,
  createModel,
  type DownloadProgress,
  encodeWeights,
  listModels,
  modelInfo,
  type ModelName,
  parseSafetensors,
  WeightsError,
} from '@mnet/models';
import { classifierInfo } from '@mnet/layers';
import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend, type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  expectTypeOf,
  test,
  vi,
} from 'vitest';
import { modelOf } from '../src/create-model.ts';
import type { Network } from '../src/networks/network.ts';
import type { PretrainedWeights } from '../src/networks/pretrained-weights.ts';
import { registry } from '../src/registry.ts';
import { picture, uniform } from './golden/values.ts';

const networks = registry as Readonly<Record<ModelName, Network>>;
const published = listModels().flatMap((name) =>
  Object.entries(networks[name].pretrained).map(
    ([source, weights]): [string, ModelName, PretrainedWeights] => [source, name, weights],
  ),
);

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const never = (value: unknown): never => value as never;

/** What the server has, by path; it stands for the hub. */
let files: Map<string, Uint8Array>;
let requests: string[];
let server: Server;
let cacheDir: string;

beforeAll(async () => {
  await setBackend('cpu');
  server = createServer((request, response) => {
    requests.push(request.url!);
    const file = files.get(request.url!);
    if (file) response.end(file);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  files = new Map();
  requests = [];
  cacheDir = await mkdtemp(join(tmpdir(), 'mnet-pretrained-'));
  vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cacheDir, { recursive: true });
});

const pathOf = ({ repo, revision = 'main' }: PretrainedWeights): string =>
  `/${repo}/resolve/${revision}/model.safetensors`;

/** A model that computes what the library's network does, with scales and statistics that training would give. */
function libraryModel(name: ModelName, { options, classes }: PretrainedWeights): LayersModel {
  const table = architecture(name, options);
  const activation = name === 'mobilenet_v1' ? 'relu6' : table.activation;
  const theirs = { ...table, batchNorm: { epsilon: 1e-5 }, ...(activation && { activation }) };
  const model = buildModel(theirs, { classes, inputShape: [32, 32, 3], seed: 7 });
  for (const weight of model.weights) {
    if (!/gamma|beta|moving|bias/.test(weight.originalName)) continue;
    const shape = weight.shape.map(Number);
    const values = uniform(weight.originalName, shape[0]!).map((x) => x + 0.5);
    const moved = tensor(new Float32Array(values), shape);
    weight.write(moved);
    moved.dispose();
  }
  return model;
}

/** A network of the registry whose weights are those that the server has from now on. */
function served(name: ModelName, source: string, file: Uint8Array): Network {
  const weights = networks[name].pretrained[source] as PretrainedWeights;
  files.set(pathOf(weights), file);
  const pretrained = {
    ...networks[name].pretrained,
    [source]: { ...weights, sha256: digest(file) },
  };
  return { ...networks[name], pretrained };
}

const logits = (model: LayersModel): Float32Array => {
  const x = tensor(picture([1, 32, 32, 3]), [1, 32, 32, 3]);
  const y = model.predict(x) as Tensor;
  const values = y.dataSync<'float32'>();
  x.dispose();
  y.dispose();
  return values;
};
const valuesOf = (model: LayersModel, weight: string): Float32Array =>
  model.weights
    .find(({ originalName }) => originalName === weight)!
    .read()
    .dataSync<'float32'>();

describe.each(published)('%s, for %s,', (source, name, weights) => {
  test('is loaded strictly into the network that it is of, and is as large', async () => {
    const theirs = libraryModel(name, weights);
    const file = await encodeWeights(theirs, { format: 'timm' });
    const network = served(name, source, file);
    const before = memory().numTensors;
    const given = { inputShape: [32, 32, 3], pretrained: { source, cacheDir } } as const;
    const model = await modelOf(network, given, name);
    expect(requests).toEqual([pathOf(weights)]);
    expect(memory().numTensors - before).toBe(model.weights.length);
    expect(logits(model)).toEqual(logits(theirs));
    expect(classifierInfo(model)).toEqual({
      shape: [32, 32, 3],
      mean: weights.mean,
      std: weights.std,
    });
    expect(modelInfo(model)).toEqual({
      network: name,
      options: {
        ...weights.options,
        inputShape: [32, 32, 3],
        classes: 1000,
        strides: 'paper',
        pretrained: { source },
      },
    });
    theirs.dispose();
    model.dispose();

    // The published size is that of these tensors behind a header as safetensors writes it for Python; where the order
    // of the tensors is another one, the header's numbers have other lengths.
    const { tensors } = parseSafetensors(file);
    const header: Record<string, object> = {};
    let offset = 0;
    for (const [key, { dtype, shape, bytes }] of [...tensors].toSorted(([a], [b]) =>
      a < b ? -1 : 1,
    )) {
      header[key] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
      offset += bytes.length;
    }
    const size = 8 + JSON.stringify(header).length + offset;
    expect(Math.abs(size - (weights.bytes ?? size))).toBeLessThan(2 * tensors.size);
  });

  test('is pinned, where revision and digest are known', () => {
    const { repo, revision, sha256, bytes, mean, std, inputShape } = weights;
    const unknown = source === 'mobilenetv2_050.lamb_in1k';
    expect([revision, sha256, bytes].map((pin) => pin === undefined)).toEqual(
      Array(3).fill(unknown),
    );
    expect(revision ?? '0'.repeat(40)).toMatch(/^[0-9a-f]{40}$/);
    expect(sha256 ?? '0'.repeat(64)).toMatch(/^[0-9a-f]{64}$/);
    expect(repo).toBe(`timm/${source}`);
    expect([mean.length, std.length]).toEqual([inputShape[2], inputShape[2]]);
  });
});

describe('createModel with pretrained', () => {
  const source = 'mobilenetv3_small_100.lamb_in1k';
  const weights = registry.mobilenet_v3_small.pretrained[source] as PretrainedWeights;
  let theirs: LayersModel;
  let file: Uint8Array;
  beforeAll(async () => {
    theirs = libraryModel('mobilenet_v3_small', weights);
    file = await encodeWeights(theirs, { format: 'timm' });
  });

  test('is a promise, and a model at once without', async () => {
    expectTypeOf(() => createModel('resnet18', { pretrained: true })).returns.toEqualTypeOf<
      Promise<LayersModel>
    >();
    expectTypeOf(() =>
      createModel('mobilenet_v2', { scaleHead: true, pretrained: { offline: true } }),
    ).returns.toEqualTypeOf<Promise<LayersModel>>();
    const flag = Boolean(modelInfo(theirs)?.options['pretrained']);
    const either = createModel('mobilenet_v1', { width: 0.1, pretrained: flag });
    expectTypeOf(either).toEqualTypeOf<LayersModel | Promise<LayersModel>>();
    (await either).dispose();
    const at = createModel('mobilenet_v1', { width: 0.1, pretrained: false });
    expectTypeOf(at).toEqualTypeOf<LayersModel>();
    expect(modelInfo(at)?.options).toEqual({ width: 0.1, strides: 'cifar' });
    at.dispose();
  });

  test('has the classes and the size of the weights, where nothing else is said', async () => {
    const network = served('mobilenet_v3_small', source, file);
    const model = await modelOf(network, { pretrained: { cacheDir } }, 'test');
    expect(model.inputs[0]?.shape).toEqual([null, 224, 224, 3]);
    expect(model.outputs[0]?.shape).toEqual([null, 1000]);
    expect(valuesOf(model, 'classifier/kernel')).toEqual(valuesOf(theirs, 'classifier/kernel'));
    expect(classifierInfo(model)?.shape).toEqual([224, 224, 3]);
    model.dispose();
  });

  test('has a fresh classifier for other classes, and is made again by what it notes', async () => {
    const network = served('mobilenet_v3_small', source, file);
    const given = { classes: 5, inputShape: [32, 32, 3], seed: 3 } as const;
    const model = await modelOf(network, { ...given, pretrained: { cacheDir } }, 'test');
    const fresh = createModel('mobilenet_v3_small', given);
    expect(valuesOf(model, 'classifier/kernel')).toEqual(valuesOf(fresh, 'classifier/kernel'));
    for (const weight of ['stem/kernel', 'block5/project/moving_mean', 'hidden/bias']) {
      expect(valuesOf(model, weight)).toEqual(valuesOf(theirs, weight));
    }
    expect(classifierInfo(model)?.classes).toBeUndefined();
    const noted = modelInfo(model)?.options as { pretrained: { source: string } };
    const pretrained = { ...noted.pretrained, cacheDir, offline: true };
    const again = await modelOf(network, { ...noted, pretrained }, 'test');
    expect(logits(again)).toEqual(logits(model));
    for (const net of [model, fresh, again]) net.dispose();
  });

  test('takes another epsilon, and makes up for it', async () => {
    const network = served('mobilenet_v3_small', source, file);
    const given = { inputShape: [32, 32, 3], pretrained: { cacheDir } } as const;
    const batchNorm = { epsilon: 1e-3, momentum: 0.1 };
    const model = await modelOf(network, { ...given, batchNorm }, 'test');
    expect(modelInfo(model)?.options['batchNorm']).toEqual(batchNorm);
    const [got, wanted] = [logits(model), logits(theirs)];
    expect(valuesOf(model, 'stem/gamma')).not.toEqual(valuesOf(theirs, 'stem/gamma'));
    const scale = Math.max(...wanted.map(Math.abs));
    got.forEach((value, i) => expect(Math.abs(value - wanted[i]!)).toBeLessThan(1e-4 * scale));
    model.dispose();
  });

  test('downloads once, says how far it is, and reads the cache offline', async () => {
    const network = served('mobilenet_v3_small', source, file);
    const onProgress = vi.fn<(progress: DownloadProgress) => void>();
    for (const offline of [false, false, true]) {
      const given = { pretrained: { cacheDir, onProgress, offline } };
      (await modelOf(network, given, 'test')).dispose();
    }
    expect(requests).toEqual([pathOf(weights)]);
    expect(onProgress.mock.lastCall?.[0]).toMatchObject({ loaded: file.length });
  });

  test('ends where its signal says so, and leaves no tensors', async () => {
    const network = served('mobilenet_v3_small', source, file);
    const before = memory().numTensors;
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(modelOf(network, { pretrained: { cacheDir, signal } }, 'test')).rejects.toThrow(
      'enough',
    );
    expect(requests).toEqual([]);
    expect(memory().numTensors).toBe(before);
  });

  test('asks the hub for the pinned revision, and refuses a file that is not the published one', async () => {
    files.set(pathOf(weights), file);
    const before = memory().numTensors;
    const work = createModel('mobilenet_v3_small', { pretrained: { cacheDir } });
    const error = await work.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(WeightsError);
    expect(String(error)).toContain(`${digest(file)}, expected ${weights.sha256}`);
    expect(requests).toEqual([pathOf(weights)]);
    expect(memory().numTensors).toBe(before);
    await expect(
      createModel('mobilenet_v3_small', { pretrained: { cacheDir, offline: true } }),
    ).rejects.toThrow(/not in the cache, and offline is true/);
  });

  test.each<[object, string]>([
    [{}, 'mobilenetv2_100.ra_in1k'],
    [{ scaleHead: true }, 'mobilenetv2_100.ra_in1k'],
    [{ strides: [2, 1, 2, 2, 2, 1, 2, 1] }, 'mobilenetv2_100.ra_in1k'],
    [{ width: 1.4 }, 'mobilenetv2_140.ra_in1k'],
    [{ width: 0.5 }, 'mobilenetv2_050.lamb_in1k'],
    [{ pretrained: { source: 'mobilenetv2_140.ra_in1k' } }, 'mobilenetv2_140.ra_in1k'],
  ])('asks for the weights that fit %j: %s', async (given, expected) => {
    const { pretrained, ...options } = given as { pretrained?: object };
    const work = createModel('mobilenet_v2', {
      ...options,
      pretrained: { cacheDir, ...pretrained },
    });
    await expect(work).rejects.toThrow(/404/);
    const wanted = registry.mobilenet_v2.pretrained[expected] as PretrainedWeights;
    expect(requests).toEqual([pathOf(wanted)]);
  });

  test.each<[string, ModelName, object, RegExp]>([
    [
      'a width',
      'mobilenet_v2',
      { width: 0.75 },
      /^TypeError: pretrained: there are no weights of mobilenet_v2 for width: 0.75, strides: 'paper'; there are 'mobilenetv2_100.ra_in1k' \(width: 1, strides: 'paper'\), 'mobilenetv2_140.ra_in1k' \(width: 1.4, strides: 'paper'\)/,
    ],
    [
      'strides',
      'resnet18',
      { strides: 'cifar' },
      /no weights of resnet18 for width: 1, strides: 'cifar'; there are 'resnet18.a1_in1k'/,
    ],
    [
      'an option of its own',
      'mobilenet_v2',
      { width: 0.5, scaleHead: true },
      /no weights of mobilenet_v2 for width: 0.5, strides: 'paper', scaleHead: true/,
    ],
    [
      'a source and another width',
      'mobilenet_v2',
      { width: 1, pretrained: { source: 'mobilenetv2_140.ra_in1k' } },
      /no weights of 'mobilenetv2_140.ra_in1k' for width: 1/,
    ],
    [
      'an unknown source',
      'resnet18',
      { pretrained: { source: 'resnet18' } },
      /pretrained.source: got 'resnet18', takes one of 'resnet18.a1_in1k', 'resnet18.tv_in1k'/,
    ],
    [
      'a network without weights',
      'normal_cnn',
      {},
      /pretrained: there are no trained weights of normal_cnn/,
    ],
    [
      'a padding',
      'resnet18',
      { padding: 'same' },
      /padding: got 'same', takes 'symmetric' with the weights 'resnet18.a1_in1k'/,
    ],
    [
      'grey pictures',
      'resnet18',
      { inputShape: [64, 64, 1] },
      /inputShape: got \[64, 64, 1\], takes \[height, width, 3\] with the weights/,
    ],
    [
      'no options',
      'resnet18',
      { pretrained: 3 },
      /pretrained: got 3, takes true, false, or an object/,
    ],
    [
      'a misspelt option',
      'resnet18',
      { pretrained: { ofline: true } },
      /pretrained: unknown option 'ofline', takes source, cacheDir, offline/,
    ],
    [
      'an option of a wrong type',
      'resnet18',
      { pretrained: { offline: 1 } },
      /pretrained.offline: got 1, takes true or false/,
    ],
    ['an unknown network', never('resnet19'), {}, /name: got 'resnet19'/],
    ['another network’s option', 'resnet18', { scaleHead: true }, /unknown option 'scaleHead'/],
  ])('refuses %s by a rejection that names it', async (_, name, given, message) => {
    const before = memory().numTensors;
    const work = createModel(name, { pretrained: true, ...given });
    await expect(work.catch((error: unknown) => String(error))).resolves.toMatch(message);
    expect(requests).toEqual([]);
    expect(memory().numTensors).toBe(before);
  });
});

test('the networks that timm has have weights', () => {
  for (const name of listModels()) {
    const { names, pretrained } = networks[name];
    expect(Object.keys(pretrained).length > 0).toBe('timm' in names);
    for (const { library } of Object.values(pretrained)) expect(names).toHaveProperty(library);
  }
});
