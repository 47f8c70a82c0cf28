// Trains a MobileNetV2 of stock tfjs-layers with the stock Adam on mnet and on tfjs's wasm backend, in one process:
//   npm run stock-model -w packages/backend
import '@mnet/backend';
import '@tensorflow/tfjs-backend-wasm';
import {
  losses,
  oneHot,
  randomNormal,
  randomUniform,
  setBackend,
  type Tensor,
  train,
} from '@tensorflow/tfjs-core';
import {
  input,
  layers,
  type LayersModel,
  model,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { registerStandIns } from './stand-ins.ts';

const BATCH = 128;

function mobileNetV2(): LayersModel {
  const norm = (x: SymbolicTensor, act: boolean): SymbolicTensor => {
    const y = layers.batchNormalization().apply(x) as SymbolicTensor;
    return act ? (layers.reLU({ maxValue: 6 }).apply(y) as SymbolicTensor) : y;
  };
  const conv = (
    x: SymbolicTensor,
    filters: number,
    kernelSize: number,
    strides: number,
    act = true,
  ): SymbolicTensor =>
    norm(
      layers
        .conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false })
        .apply(x) as SymbolicTensor,
      act,
    );
  const depthwise = (x: SymbolicTensor, strides: number): SymbolicTensor =>
    norm(
      layers
        .depthwiseConv2d({ kernelSize: 3, strides, padding: 'same', useBias: false })
        .apply(x) as SymbolicTensor,
      true,
    );
  const image = input({ shape: [32, 32, 3] });
  let x = conv(image, 32, 3, 2);
  let channels = 32;
  // Expansion ratio, channels, blocks, stride of the first (Sandler et al. 2018, table 2).
  for (const [t, c, n, s] of [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ] as const) {
    for (let i = 0; i < n; i++) {
      const wide = t === 1 ? x : conv(x, channels * t, 1, 1);
      const y = conv(depthwise(wide, i === 0 ? s : 1), c, 1, 1, false);
      x = i === 0 ? y : (layers.add().apply([x, y]) as SymbolicTensor);
      channels = c;
    }
  }
  const pooled = layers
    .globalAveragePooling2d({ dataFormat: 'channelsLast' })
    .apply(conv(x, 1280, 1, 1));
  return model({
    inputs: image,
    outputs: layers.dense({ units: 10 }).apply(pooled) as SymbolicTensor,
  });
}

/** Median images per second of `steps` steps after two. */
async function imagesPerSecond(
  backend: string,
  steps: number,
): Promise<{ rate: number; loss: number }> {
  await setBackend(backend);
  const net = mobileNetV2();
  const loss = (y: Tensor, logits: Tensor): Tensor => losses.softmaxCrossEntropy(y, logits);
  net.compile({ optimizer: train.adam(1e-3), loss });
  const x = randomNormal([BATCH, 32, 32, 3], 0, 1, 'float32', 1);
  const y = oneHot(randomUniform([BATCH], 0, 10, 'int32', 1), 10);
  const fromFirst: number[] = [];
  for (let i = 0; i < 2; i++) fromFirst.push((await net.trainOnBatch(x, y)) as number);
  const times: number[] = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    fromFirst.push((await net.trainOnBatch(x, y)) as number);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const median = times[Math.floor(steps / 2)] as number;
  return { rate: (1000 * BATCH) / median, loss: fromFirst[4] as number };
}

registerStandIns('wasm');
const ours = await imagesPerSecond('mnet', 9);
const theirs = await imagesPerSecond('wasm', 3);
const again = await imagesPerSecond('mnet', 9);
const report = {
  node: process.version,
  mnet: [ours.rate, again.rate],
  wasmWithStandIns: theirs.rate,
  ratio: [ours.rate / theirs.rate, again.rate / theirs.rate],
  lossAfterFive: { mnet: ours.loss, wasm: theirs.loss },
};
console.log(JSON.stringify(report, undefined, 2));
process.exit(0);
