import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory, setBackend, type Tensor } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {
  initializers,
  input,
  layers,
  type LayersModel,
  loadLayersModel,
  model,
  sequential,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import {
  ConvBnAct,
  fileSystem,
  GlobalAveragePool,
  InvertedResidual,
  registerLayers,
} from '@mnet/layers';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { values } from './layer-contract.ts';
import { nodeFlags } from '../../../tools/processes/start.mjs';

let root: string;
let folder: string;
let count = 0;

beforeAll(async () => {
  await setBackend('cpu');
  registerLayers();
  root = await mkdtemp(join(tmpdir(), 'mnet-file-system-'));
});
beforeEach(() => {
  folder = join(root, String(count++), 'model');
});
afterAll(() => rm(root, { recursive: true, force: true }));

function small(seed: number = 1): LayersModel {
  const image = input({ shape: [4, 4, 3] });
  let x = new ConvBnAct({ name: 'stem', filters: 4, activation: 'hardSwish', seed }).apply(image);
  x = new InvertedResidual({ name: 'block', filters: 4, expansion: 2, seed }).apply(x);
  x = new GlobalAveragePool({ name: 'pool' }).apply(x);
  x = layers
    .dense({
      name: 'classifier',
      units: 2,
      kernelInitializer: initializers.glorotUniform({ seed }),
    })
    .apply(x) as SymbolicTensor;
  return model({ inputs: image, outputs: x });
}

function bits(net: LayersModel): [string, number[]][] {
  return net.weights.map((w) => [w.originalName, Array.from(w.read().dataSync())]);
}

async function edit(change: (json: Record<string, any>) => unknown): Promise<void> {
  const file = join(folder, 'model.json');
  const json = JSON.parse(await readFile(file, 'utf8'));
  change(json);
  await writeFile(file, JSON.stringify(json));
}

describe('a saved model', () => {
  test('is the same when it is loaded, bit by bit, with its metadata, and leaves no tensors', async () => {
    registerLayers();
    const net = small();
    net.setUserDefinedMetadata({ note: 'kept' });
    const tensors = memory().numTensors;
    const result = await net.save(fileSystem(folder));
    expect(memory().numTensors).toBe(tensors);
    expect(result.modelArtifactsInfo.weightDataBytes).toBeGreaterThan(0);
    const again = await loadLayersModel(fileSystem(folder));
    expect(bits(again)).toEqual(bits(net));
    expect(again.getUserDefinedMetadata()).toEqual({ note: 'kept' });
    const x = values([2, 4, 4, 3]);
    expect((again.predict(x) as Tensor).dataSync()).toEqual((net.predict(x) as Tensor).dataSync());
    again.dispose();
    net.dispose();
  });

  test('may be named by its model.json, and may be in several files', async () => {
    const net = small();
    await net.save(fileSystem(join(folder, 'student.json'), { shardBytes: 100 }));
    const files = await readdir(folder);
    expect(files.filter((name) => name.endsWith('.bin')).length).toBeGreaterThan(5);
    const again = await loadLayersModel(fileSystem(join(folder, 'student.json')));
    expect(bits(again)).toEqual(bits(net));
  });

  test('of two networks with layers of one name is refused, as it could not be loaded', async () => {
    const image = input({ shape: [4, 4, 3] });
    const ends = [small(), small(2)].map((net) => net.apply(image)) as SymbolicTensor[];
    const net = model({ inputs: image, outputs: layers.add().apply(ends) as SymbolicTensor });
    await expect(net.save(fileSystem(folder))).rejects.toThrow(
      "model: two of its weights are named 'stem/",
    );
    expect(existsSync(folder)).toBe(false);
  });

  test('may have layers and models that are called twice, models in models, and wrappers', async () => {
    const image = input({ shape: [3, 4] });
    const other = input({ shape: [3, 4] });
    const shared = layers.dense({ units: 4, name: 'shared' });
    const first = shared.apply(image) as SymbolicTensor;
    const deep = input({ shape: [3, 4] });
    const inner = model({ inputs: deep, outputs: layers.reLU().apply(deep) as SymbolicTensor });
    const chain = sequential({ layers: [layers.dense({ units: 4, inputShape: [3, 4] }), inner] });
    const each = layers.timeDistributed({ layer: layers.dense({ units: 4 }) });
    const ends = [
      inner.apply(shared.apply(first)),
      inner.apply(other),
      chain.apply(other),
      each.apply(first),
    ] as SymbolicTensor[];
    const net = model({
      inputs: [image, other],
      outputs: layers.add().apply(ends) as SymbolicTensor,
    });
    await net.save(fileSystem(folder));
    // Later layers first: the order in the file says nothing.
    await edit(
      (json) => (json.modelTopology.config.layers = json.modelTopology.config.layers.toReversed()),
    );
    const again = await loadLayersModel(fileSystem(folder));
    const x = [values([2, 3, 4]), values([2, 3, 4])];
    expect((again.predict(x) as Tensor).dataSync()).toEqual((net.predict(x) as Tensor).dataSync());
  });

  test('keeps the optimizer’s settings where they are asked for', async () => {
    const net = small();
    net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    await net.save(fileSystem(folder), { includeOptimizer: true });
    const again = await loadLayersModel(fileSystem(folder));
    expect(again.optimizer.getClassName()).toBe('Adam');
  });

  test('replaces the one before, and no file of it stays', async () => {
    await small(1).save(fileSystem(folder, { shardBytes: 500 }));
    const second = small(2);
    await second.save(fileSystem(folder));
    expect(await readdir(folder)).toEqual([
      'model.json',
      expect.stringMatching(/^weights-\w{16}\.bin$/),
    ]);
    expect(bits(await loadLayersModel(fileSystem(folder)))).toEqual(bits(second));
  });

  test('shares its folder with other models and files', async () => {
    const [one, other] = [small(1), small(2)];
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'notes.bin'), 'mine');
    await one.save(fileSystem(join(folder, 'one.json')));
    await other.save(fileSystem(join(folder, 'other.json')));
    await other.save(fileSystem(join(folder, 'one.json')));
    await one.save(fileSystem(join(folder, 'one.json')));
    expect(bits(await loadLayersModel(fileSystem(join(folder, 'one.json'))))).toEqual(bits(one));
    expect(bits(await loadLayersModel(fileSystem(join(folder, 'other.json'))))).toEqual(
      bits(other),
    );
    expect(await readFile(join(folder, 'notes.bin'), 'utf8')).toBe('mine');
  });

  test('clears what killed processes left, when it is old', async () => {
    await mkdir(folder, { recursive: true });
    const names = ['model.json.0123456789ab.tmp', 'weights-0123456789abcdef.bin'];
    for (const name of names) {
      await writeFile(join(folder, name), 'left over');
      await utimes(join(folder, name), 0, 0);
    }
    await writeFile(join(folder, 'weights-fedcba9876543210.bin'), 'of a process at work');
    await small().save(fileSystem(folder));
    const files = await readdir(folder);
    expect(files).not.toContain(names[0]);
    expect(files).not.toContain(names[1]);
    expect(files).toContain('weights-fedcba9876543210.bin');
  });
});

describe('a model that cannot be saved', () => {
  test('leaves the one before as it was, and no other file', async () => {
    const first = small(1);
    await first.save(fileSystem(folder));
    const before = await readdir(folder);
    // The second of the second model's files of weights cannot take its name: a folder has it.
    const probe = join(root, 'probe');
    await small(2).save(fileSystem(probe, { shardBytes: 500 }));
    const { weightsManifest } = JSON.parse(await readFile(join(probe, 'model.json'), 'utf8'));
    const taken = weightsManifest[0].paths[1] as string;
    await mkdir(join(folder, taken, 'full'), { recursive: true });
    const saving = small(2).save(fileSystem(folder, { shardBytes: 500 }));
    await expect(saving).rejects.toThrow(/could not save the model as .*model\.json/);
    await rm(join(folder, taken), { recursive: true });
    expect(await readdir(folder)).toEqual(before);
    expect(bits(await loadLayersModel(fileSystem(folder)))).toEqual(bits(first));
  });

  test('says which file is in the way', async () => {
    await mkdir(join(root, String(count - 1)), { recursive: true });
    await writeFile(folder, 'a file');
    await expect(small().save(fileSystem(folder))).rejects.toThrow(
      /could not save the model as .*EEXIST|ENOTDIR/,
    );
  });

  test('because the process is killed leaves a whole model', async () => {
    // Saves models whose weights are all one number, counting up, until it is killed.
    const script = `
    import { fill, setBackend } from '@tensorflow/tfjs-core';
    import '@tensorflow/tfjs-backend-cpu';
    import { input, layers, model } from '@tensorflow/tfjs-layers';
    import { fileSystem } from '@mnet/layers';

    await setBackend('cpu');
    const image = input({ shape: [100] });
    const output = layers.dense({ units: 100 }).apply(image);
    const net = model({ inputs: image, outputs: output });
    for (let i = 1; ; i++) {
      for (const weight of net.weights) weight.write(fill(weight.shape, i));
      await net.save(fileSystem(process.argv[2], { shardBytes: 4000 }));
      process.stdout.write(i + '\\n');
    }`;
    const args = [...nodeFlags, '--input-type=module', '-', folder];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(script);
    const exit = once(child, 'exit');
    let printed = '';
    for await (const chunk of child.stdout) {
      printed += chunk;
      // Within a save, as the process does nothing else.
      if (printed.split('\n').length > 5) child.kill('SIGKILL');
    }
    await exit;
    const last = Number(printed.trim().split('\n').at(-1));
    expect(last).toBeGreaterThan(4);
    const loaded = await loadLayersModel(fileSystem(folder));
    const all = new Set(bits(loaded).flatMap(([, numbers]) => numbers));
    expect([[last], [last + 1]]).toContainEqual([...all]);
  });
});

describe('a model that cannot be loaded', () => {
  const load = (path: string = folder): Promise<unknown> => loadLayersModel(fileSystem(path));
  const shard = async (): Promise<string> =>
    join(folder, (await readdir(folder)).find((name) => name.endsWith('.bin')) as string);
  beforeEach(() => small().save(fileSystem(folder)));

  test('because it is not there says how to save it', async () => {
    const path = join(root, 'nothing');
    await expect(load(path)).rejects.toThrow(
      `there is no ${join(path, 'model.json')}; save a model there with model.save(fileSystem('${path}'))`,
    );
  });

  test('because a file of weights is gone, short, long or altered names the file', async () => {
    const file = await shard();
    const bytes = await readFile(file);
    await truncate(file, bytes.length - 4);
    await expect(load()).rejects.toThrow(/got \d+ bytes, takes \d+/);
    await writeFile(file, Buffer.concat([bytes, bytes]));
    await expect(load()).rejects.toThrow(/got \d+ bytes, takes \d+/);
    bytes[10] = (bytes[10] as number) ^ 1;
    await writeFile(file, bytes);
    await expect(load()).rejects.toThrow(/SHA-256 .* the file is damaged/);
    await rm(file);
    await expect(load()).rejects.toThrow(/refers to .*\.bin, which cannot be read/);
  });

  test.each<[string, string, RegExp]>([
    ['is not JSON', '{"modelTopology":', /model\.json is not JSON/],
    ['is a list', '[]', /modelTopology: got undefined/],
    ['is null', 'null', /got null/],
    ['has no weights', '{"modelTopology":{}}', /weightsManifest: got undefined/],
    [
      'has no paths',
      '{"modelTopology":{},"weightsManifest":[{"weights":[]}]}',
      /paths: got undefined/,
    ],
    [
      'has a weight without a shape',
      '{"modelTopology":{},"weightsManifest":[{"paths":[],"weights":[{"name":"a","dtype":"float32"}]}]}',
      /weights\[0\]\.shape: got undefined/,
    ],
    [
      'has a weight of a negative shape',
      '{"modelTopology":{},"weightsManifest":[{"paths":[],"weights":[{"name":"a","dtype":"float32","shape":[-1]}]}]}',
      /shape: got \[-1\]/,
    ],
    [
      'has a weight of an unknown type',
      '{"modelTopology":{},"weightsManifest":[{"paths":[],"weights":[{"name":"a","dtype":"__proto__","shape":[1]}]}]}',
      /dtype: got '__proto__'/,
    ],
    [
      'promises more than there is',
      '{"modelTopology":{"class_name":"Sequential","config":[]},"weightsManifest":[{"paths":[],"weights":[{"name":"a","dtype":"float32","shape":[1000000000000]}]}]}',
      /got 0 bytes, takes 4000000000000/,
    ],
    [
      'has a weight beyond all numbers',
      '{"modelTopology":{},"weightsManifest":[{"paths":[],"weights":[{"name":"a","dtype":"float32","shape":[9007199254740991,9007199254740991]}]}]}',
      /shape: got \[9007199254740991, .*too large/,
    ],
  ])('because its model.json %s says so', async (_, text, message) => {
    await writeFile(join(folder, 'model.json'), text);
    await expect(load()).rejects.toThrow(message);
  });

  test('because a layer’s class is unknown says registerLayers()', async () => {
    await edit((json) => {
      json.modelTopology.config.layers[1].class_name = 'ConvBnActOfTomorrow';
    });
    await expect(load()).rejects.toThrow(
      /model\.json: modelTopology\.layers\[1\]: tfjs does not know the class 'ConvBnActOfTomorrow'; call registerLayers\(\) of @mnet\/layers/,
    );
  });

  // What tfjs would look for without end, or end at with an error that names nothing.
  test.each<
    [string, (layers: Record<string, any>[], config: Record<string, any>) => unknown, RegExp]
  >([
    [
      'has a circle of layers',
      (all) => (all[1]!['inbound_nodes'] = [[['pool', 0, 0, {}]]]),
      /the layer '\w+' takes the output of call 0 of '\w+', which is never made: the layers form a circle/,
    ],
    [
      'has a layer that waits for itself',
      (all) => (all[2]!['inbound_nodes'] = [[['block', 0, 0, {}]]]),
      /'block' takes the output of call 0 of 'block', which is never made/,
    ],
    [
      'takes a call that is not made',
      (all) => (all[2]!['inbound_nodes'] = [[['stem', 1, 0, {}]]]),
      /'block' takes the output of call 1 of 'stem', which is never made/,
    ],
    [
      'takes a layer that is not there',
      (all) => (all[2]!['inbound_nodes'] = [[['root', 0, 0, {}]]]),
      /'block' takes the output of 'root', which is not in the model/,
    ],
    [
      'takes what every object has',
      (all) => (all[2]!['inbound_nodes'] = [[['constructor', 0, 0, {}]]]),
      /'block' takes the output of 'constructor', which is not in the model/,
    ],
    [
      'hides a circle behind another spelling',
      (all) => (all[2]!['inboundNodes'] = [[['block', 0, 0, {}]]]),
      /which is never made/,
    ],
    [
      'has a layer twice',
      (all) => all.push(structuredClone(all[2]!)),
      /layers\[5\]: got the name 'block', takes one that no other layer has/,
    ],
    [
      'has a layer of two names',
      (all) => (all[2]!['config'].name = 'stem'),
      /layers\[2\]: got the name 'block', takes one that no other layer has and that its config has/,
    ],
    [
      'names a layer as objects do',
      (all) => (all[2]!['name'] = all[2]!['config'].name = '__proto__'),
      /got the name '__proto__'/,
    ],
    [
      'has Keras 3’s nodes',
      (all) => (all[2]!['inbound_nodes'] = [{ args: [], kwargs: {} }]),
      /layers\[2\]\.inbound_nodes: got Object, where a list stands/,
    ],
    [
      'counts calls below 0',
      (all) => (all[2]!['inbound_nodes'] = [[['stem', -1, 0]]]),
      /got \[stem, -1, 0\]|got \['stem', -1, 0\]/,
    ],
    ['has no layers', (_, config) => (config['layers'] = undefined), /layers: got undefined/],
    [
      'ends in a layer that is not there',
      (_, config) => (config['output_layers'] = [['other', 0, 0]]),
      /output_layers: got call 0 of 'other', which is not in the model/,
    ],
    ['ends nowhere', (_, config) => (config['output_layers'] = []), /output_layers: got none/],
    [
      'has pictures of less than nothing',
      (all) => (all[0]!['config'].batch_input_shape = [null, -4, 4, 3]),
      /batch_input_shape: got \[null, -4, 4, 3\]/,
    ],
    [
      'is nested without end',
      (all) => {
        let deep: object = {};
        for (let i = 0; i < 1000; i++) deep = { deep };
        all[0]!['config'].deep = deep;
      },
      /nested more than 200 deep/,
    ],
    [
      'has a circle in a model within the model',
      (all, config) => {
        const inner = structuredClone(config);
        inner['layers'][2].inbound_nodes = [[['pool', 0, 0, {}]]];
        all.push({
          name: 'inner',
          class_name: 'Model',
          config: { ...inner, name: 'inner' },
          inbound_nodes: [],
        });
      },
      /modelTopology\.layers\[5\]: the layer '\w+' takes the output of call 0 of/,
    ],
  ])('because its graph %s says so', async (_, change, message) => {
    await edit((json) => change(json.modelTopology.config.layers, json.modelTopology.config));
    await expect(load()).rejects.toThrow(message);
  });

  // Opening a pipe that nobody writes to waits for ever. Windows has none in folders.
  test.skipIf(process.platform === 'win32')(
    'because a pipe stands in the place of a file says so; and saving passes it',
    async () => {
      const pipe = (path: string): unknown => execFileSync('mkfifo', [path]);
      const file = await shard();
      await rm(file);
      pipe(file);
      await expect(load()).rejects.toThrow(
        /refers to .*\.bin, which cannot be read: is a pipe, takes a file/,
      );
      await rm(join(folder, 'model.json'));
      pipe(join(folder, 'model.json'));
      await expect(load()).rejects.toThrow(/could not read .*model\.json: is a pipe, takes a file/);
      pipe(join(folder, 'other.json'));
      await small().save(fileSystem(folder));
      await load();
    },
  );

  test('because a folder stands in the place of a file says so', async () => {
    await rm(join(folder, 'model.json'));
    await mkdir(join(folder, 'model.json'));
    await expect(load()).rejects.toThrow(/model\.json: is a folder, takes a file/);
  });

  test.each(['../secret.bin', '/etc/hostname', 'a/../../secret.bin', '..', '.'])(
    'because it asks for %s, out of its folder, is refused',
    async (path) => {
      await writeFile(join(folder, '..', 'secret.bin'), 'secret');
      await edit((json) => (json.weightsManifest[0].paths = [path]));
      await expect(load()).rejects.toThrow(/takes paths of files within/);
    },
  );

  test('because a link leads out of its folder is refused', async () => {
    const file = await shard();
    const outside = join(folder, '..', 'outside.bin');
    await writeFile(outside, await readFile(file));
    await rm(file);
    await symlink(outside, file);
    await expect(load()).rejects.toThrow(/takes paths of files within/);
  });
});

test.each<[string, () => unknown, RegExp]>([
  ['an empty path', () => fileSystem(''), /path: got ''/],
  ['no path', () => fileSystem(undefined as never), /path: got undefined/],
  ['shardBytes', () => fileSystem('a', { shardBytes: 0 }), /shardBytes: got 0/],
  ['a misspelt option', () => fileSystem('a', { shards: 1 } as never), /unknown option 'shards'/],
])('%s is refused', (_, make, message) => {
  expect(make).toThrow(message);
});

test('in a browser is an error that says so', async () => {
  vi.stubGlobal('process', undefined);
  try {
    await expect(fileSystem('a').load?.()).rejects.toThrow(/needs Node.js .* in a browser use/);
  } finally {
    vi.unstubAllGlobals();
  }
});
