import { batches } from '@mnet/data';
import { ConvBnAct, GlobalAveragePool, InvertedResidual } from '@mnet/layers';
import { recalibrateBatchNorm, sgd, train } from '@mnet/train';
import { memory, mul, setBackend, type Tensor, zeros } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {
  input,
  type LayersModel,
  layers,
  model as functional,
  type Sequential,
  sequential,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  type MockInstance,
  vi,
} from 'vitest';
import { tinyDataset, tinyModel, weightsOf } from './tiny.ts';

// A machine that is busy with other work takes its time.
vi.setConfig({ testTimeout: 60_000 });
beforeAll(() => setBackend('cpu'));

let warn: MockInstance<typeof console.warn>;
beforeEach(() => {
  warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});
afterEach(() => warn.mockRestore());

const images = tinyDataset(48, 1);

/** Blocks of this project's layers, one of them in a nested model. */
function blocks(momentum: number): LayersModel {
  const options = { momentum, seed: 1 };
  const inner = sequential({
    name: 'inner',
    layers: [
      new ConvBnAct({ ...options, name: 'stem', filters: 4, stride: 2, inputShape: [6, 6, 3] }),
      new InvertedResidual({ ...options, name: 'one', filters: 4, expansion: 2 }),
    ],
  });
  const image = input({ shape: [6, 6, 3] });
  let x = inner.apply(image) as SymbolicTensor;
  for (const name of ['two', 'three']) {
    const block = new InvertedResidual({ ...options, name, filters: 4, expansion: 2 });
    x = block.apply(x) as SymbolicTensor;
  }
  x = new GlobalAveragePool({}).apply(x) as SymbolicTensor;
  const kernelInitializer = { className: 'GlorotUniform', config: { seed: 2 } } as never;
  x = layers.dense({ name: 'logits', units: 3, kernelInitializer }).apply(x) as SymbolicTensor;
  return functional({ name: 'blocks', inputs: image, outputs: x });
}

/** The values of the weights whose name has this in it. */
const valuesOf = (model: LayersModel, part: RegExp): number[][] =>
  model.weights
    .filter(({ originalName }) => part.test(originalName))
    .map((weight) => [...weight.read().dataSync<'float32'>()]);

describe('train', () => {
  const options = { epochs: 2, batchSize: 16 };
  // TensorFlow.js has a line of its own, of its backend in Node.js.
  const warnings = (): string[] =>
    warn.mock.calls.map(([line]) => String(line)).filter((line) => line.startsWith('train: '));

  it('warns of statistics that will keep their start, with what to write', async () => {
    await train(blocks(0.01), { train: images }, options);
    expect(warnings()).toEqual([
      expect.stringMatching(
        /^train: 6 steps are too few for the batch normalization of 'blocks': the moving statistics of its layer 'stem', at a momentum of 0.01, will still be 94 % of their start.*Write batchNorm: \{ momentum: 0.6 \} in createModel, or batchNormalization\(\{ momentum: 0.4 \}\).*or call recalibrateBatchNorm\(model, data.train\)/,
      ),
    ]);
  });

  it('warns of TensorFlow.js’s own layers', async () => {
    await train(tinyModel(), { train: images }, options);
    expect(warnings()).toEqual([
      expect.stringMatching(/at a momentum of 0.01, will still be 94 %/),
    ]);
  });

  it('does not warn where the momentum suffices that it tells to write', async () => {
    await train(blocks(0.6), { train: images }, options);
    expect(warnings()).toEqual([]);
  });

  it('does not warn of statistics that are frozen, or were trained before', async () => {
    const frozen = blocks(0.01);
    for (const layer of frozen.layers.slice(0, -1)) layer.trainable = false;
    await train(frozen, { train: images }, options);
    const trained = blocks(0.01);
    await recalibrateBatchNorm(trained, images);
    await train(trained, { train: images }, options);
    expect(warnings()).toEqual([]);
  });
});

describe('recalibrateBatchNorm', () => {
  it('gives the means over the batches of their means and variances', async () => {
    const convolution = layers.conv2d({ inputShape: [6, 6, 3], filters: 4, kernelSize: 3 });
    const norm = layers.batchNormalization({ momentum: 0.1 });
    const stock = sequential({ layers: [convolution, norm] });
    const own = sequential({
      layers: [new ConvBnAct({ inputShape: [6, 6, 3], filters: 4, padding: 'valid', seed: 1 })],
    });
    own.setWeights([convolution.getWeights()[0] as Tensor, ...own.getWeights().slice(1)]);
    const expected = { mean: [0, 0, 0, 0], variance: [0, 0, 0, 0] };
    const rows = 16 * 16;
    for (const batch of batches(images, { batchSize: 16, shuffle: true, seed: 5 })) {
      const maps = convolution.apply(batch.images) as Tensor;
      const values = maps.dataSync<'float32'>();
      for (const c of [0, 1, 2, 3]) {
        const channel = values.filter((_, i) => i % 4 === c);
        const mean = channel.reduce((sum, x) => sum + x, 0) / rows;
        const variance = channel.reduce((sum, x) => sum + (x - mean) ** 2, 0) / rows;
        expected.mean[c] = (expected.mean[c] as number) + mean / 3;
        expected.variance[c] = (expected.variance[c] as number) + variance / 3;
      }
    }
    await recalibrateBatchNorm(stock, images, { batchSize: 16, seed: 5 });
    await recalibrateBatchNorm(own, images, { batchSize: 16, seed: 5 });
    const unbiased = rows / (rows - 1); // PyTorch's convention, of this project's layers
    for (const [model, factor] of [
      [stock, 1],
      [own, unbiased],
    ] as const) {
      const [mean = [], variance = []] = valuesOf(model, /moving_/);
      mean.forEach((value, c) => expect(value).toBeCloseTo(expected.mean[c] as number, 5));
      variance.forEach((value, c) =>
        expect(value).toBeCloseTo((expected.variance[c] as number) * factor, 5),
      );
    }
    expect(norm.getConfig().momentum).toBe(0.1);
  });

  it('changes no other weight and no setting, leaves no tensor, and gives the same bits again', async () => {
    for (const make of [() => blocks(0.03), () => tinyModel({ dropout: 0.5 })]) {
      const model = make();
      const config = JSON.stringify(model.getConfig());
      const others = valuesOf(model, /^(?!.*moving_)/);
      const before = memory().numTensors;
      await recalibrateBatchNorm(model, images, { augment: { flip: true } });
      expect(memory().numTensors).toBe(before);
      expect(JSON.stringify(model.getConfig())).toBe(config);
      expect(valuesOf(model, /^(?!.*moving_)/)).toEqual(others);
      const first = weightsOf(model);
      await recalibrateBatchNorm(model, images, { augment: { flip: true } });
      expect(weightsOf(model)).toEqual(first);
      await recalibrateBatchNorm(model, images, {
        augment: { flip: true },
        batches: 1,
        batchSize: 9,
      });
      expect(weightsOf(model)).not.toEqual(first);
    }
  });

  it('trains on afterwards as before', async () => {
    const model = blocks(0.25);
    await recalibrateBatchNorm(model, images, { batchSize: 48 });
    const [before = []] = valuesOf(model, /stem\/moving_mean/);
    const still = sgd({ learningRate: 0 });
    await train(model, { train: images }, { epochs: 1, batchSize: 48, optimizer: still });
    const [after = []] = valuesOf(model, /stem\/moving_mean/);
    // The same images, in one batch: statistics that were exact stay where they are.
    after.forEach((value, i) => expect(value).toBeCloseTo(before[i] as number, 5));
  });

  it('keeps the statistics of frozen layers', async () => {
    const model = blocks(0.01);
    model.getLayer('two').trainable = false;
    const frozen = valuesOf(model, /^two\/.*moving_/);
    const live = valuesOf(model, /^three\/.*moving_/);
    await recalibrateBatchNorm(model, images);
    expect(valuesOf(model, /^two\/.*moving_/)).toEqual(frozen);
    expect(valuesOf(model, /^three\/.*moving_/)).not.toEqual(live);

    const stock = tinyModel() as Sequential;
    stock.add(layers.batchNormalization({ name: 'last' }));
    const norm = stock.layers[1] as layers.Layer;
    norm.trainable = false;
    const before = norm.getWeights().map((w) => [...w.dataSync()]);
    await recalibrateBatchNorm(stock, images);
    expect(norm.getWeights().map((w) => [...w.dataSync()])).toEqual(before);
  });

  it('leaves the statistics as they were where it is stopped or meets what is not finite', async () => {
    const model = blocks(0.01);
    const before = weightsOf(model);
    const tensors = memory().numTensors;
    const controller = new AbortController();
    const stopped = recalibrateBatchNorm(model, images, {
      batchSize: 16,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(stopped).rejects.toThrow('enough');
    expect(weightsOf(model)).toEqual(before);
    const broken = { ...images, std: [1e-40, 1, 1] };
    await expect(recalibrateBatchNorm(model, broken)).rejects.toThrow(
      /its statistic .*moving_.* became NaN or infinite, takes finite ones/,
    );
    expect(weightsOf(model)).toEqual(before);
    expect(memory().numTensors).toBe(tensors);
  });

  it('mends statistics that are NaN', async () => {
    const [model, sound] = [tinyModel(), tinyModel()];
    const norm = model.layers[1] as layers.Layer;
    const [gamma, beta, ...statistics] = norm.getWeights() as [Tensor, Tensor, ...Tensor[]];
    norm.setWeights([gamma, beta, ...statistics.map((each) => mul(each, Number.NaN))]);
    await recalibrateBatchNorm(model, images);
    await recalibrateBatchNorm(sound, images);
    expect(weightsOf(model)).toEqual(weightsOf(sound));
  });

  it('names what does not fit', async () => {
    const without = sequential({
      name: 'plain',
      layers: [layers.flatten({ inputShape: [6, 6, 3] }), layers.dense({ units: 3 })],
    });
    await expect(recalibrateBatchNorm(without, images)).rejects.toThrow(
      "model: got 'plain', takes one with batch normalization that is not frozen",
    );
    const frozen = blocks(0.01);
    for (const layer of frozen.layers) layer.trainable = false;
    await expect(recalibrateBatchNorm(frozen, images)).rejects.toThrow(
      "model: got 'blocks', whose batch normalization is frozen, takes one",
    );
    const model = blocks(0.01);
    const never = (value: unknown): never => value as never;
    await expect(recalibrateBatchNorm(never(undefined), images)).rejects.toThrow(
      'model: got undefined, takes a tf.LayersModel with one input',
    );
    await expect(recalibrateBatchNorm(model, never({ train: images }))).rejects.toThrow('dataset');
    await expect(recalibrateBatchNorm(model, { ...images, shape: [3, 12, 3] })).rejects.toThrow(
      'dataset: its images are [3, 12, 3], the model takes [6, 6, 3]',
    );
    await expect(recalibrateBatchNorm(model, images, never({ batch: 3 }))).rejects.toThrow(
      "recalibrateBatchNorm options: unknown option 'batch'",
    );
    await expect(recalibrateBatchNorm(model, images, { batches: 0 })).rejects.toThrow(
      'batches: got 0',
    );
  });

  it('refuses statistics of a kind that it does not know', async () => {
    class Own extends layers.Layer {
      static className = 'Own';
      override build(): void {
        const start = { apply: (shape: number[]) => zeros(shape) } as never;
        this.addWeight('moving_mean', [3], 'float32', start, undefined, false);
        this.built = true;
      }
      override call(x: Tensor | Tensor[]): Tensor {
        return (Array.isArray(x) ? x[0] : x) as Tensor;
      }
    }
    const model = tinyModel();
    const odd = sequential({ layers: [new Own({ name: 'odd', inputShape: [6, 6, 3] }), model] });
    await expect(recalibrateBatchNorm(odd, images)).rejects.toThrow(
      /model: got statistics 'odd\/moving_mean' of a layer that is not known/,
    );
  });
});
