import type { Activation } from '@mnet/ops';
import { type TensorInfo, util, type Variable } from '@tensorflow/tfjs-core';
import type { MnetBackend } from '../backend.ts';
import { floatBits } from '../runtime/float-bits.ts';
import { activationCode } from './activation.ts';
import { writable } from './in-place.ts';
import { streamChunks } from './plan.ts';
import type { Kernel } from './kernel.ts';

interface Attributes {
  epsilon: number;
  activation: Activation;
  movingMean?: Variable;
  movingVariance?: Variable;
  momentum?: number;
}

const forward: Kernel = ({ inputs, attrs, backend }) => {
  const { x, gamma, beta, residual } = inputs as Record<'x' | 'gamma' | 'beta', TensorInfo> & {
    residual?: TensorInfo;
  };
  const {
    epsilon,
    activation,
    movingMean,
    movingVariance,
    momentum = 0,
  } = attrs as unknown as Attributes;
  const { channels, rows, chunks } = sizes(x);
  const y = backend.output(x.shape);
  const mean = backend.output([channels]);
  const inverse = backend.output([channels]);
  const partials = backend.allocate(
    8 * chunks * channels,
    'the partial sums of a batch normalization',
  );
  const from = backend.address(x);
  const statistics = { mean: backend.address(mean), inverse: backend.address(inverse) };
  const [moved, movedVariance] =
    movingMean && movingVariance
      ? [writable(backend, movingMean), writable(backend, movingVariance)]
      : [0, 0];
  backend.device.launch('batchNormSums', chunks, { x: from, partials, rows, channels });
  backend.device.launch('batchNormStatistics', 1, {
    x: from,
    partials,
    rows,
    channels,
    parts: chunks,
    ...statistics,
    movingMean: moved,
    movingVariance: movedVariance,
    epsilon,
    momentum,
  });
  backend.free(partials);
  backend.device.launch('batchNormApply', chunks, {
    x: from,
    out: backend.address(y),
    rows,
    channels,
    ...statistics,
    gamma: backend.address(gamma),
    beta: backend.address(beta),
    residual: residual ? backend.address(residual) : 0,
    activation: activationCode[activation],
  });
  return [y, mean, inverse];
};

const gradient: Kernel = ({ inputs, attrs, backend }) => {
  const { dy, x, gamma, beta, residual, mean, inverse } = inputs as Record<
    'dy' | 'x' | 'gamma' | 'beta' | 'mean' | 'inverse',
    TensorInfo
  > & { residual?: TensorInfo };
  const { activation } = attrs as unknown as Attributes;
  const { channels, rows, chunks } = sizes(x);
  const dx = backend.output(x.shape);
  const dgamma = backend.output([channels]);
  const dbeta = backend.output([channels]);
  const dresidual = residual ? backend.output(x.shape) : undefined;
  const partials = backend.allocate(
    8 * chunks * channels,
    'the partial sums of a batch normalization',
  );
  const [first, second] = [backend.address(dbeta), backend.address(dgamma)];
  const command = {
    x: backend.address(x),
    out: partials,
    rows,
    channels,
    mean: backend.address(mean),
    inverse: backend.address(inverse),
    gamma: backend.address(gamma),
    beta: backend.address(beta),
    residual: residual ? backend.address(residual) : 0,
    activation: activationCode[activation],
    dy: backend.address(dy),
  };
  backend.device.launch('batchNormGradSums', chunks, command);
  backend.device.launch('sumPairs', 1, { partials, first, second, channels, parts: chunks });
  backend.free(partials);
  backend.device.launch('batchNormGrad', chunks, {
    ...command,
    out: backend.address(dx),
    residualGradient: dresidual ? backend.address(dresidual) : 0,
    sum: first,
    weightedSum: second,
  });
  return dresidual ? [dx, dgamma, dbeta, dresidual] : [dx, dgamma, dbeta];
};

/** tfjs's own batch normalization, by given statistics of each channel. */
const fusedBatchNorm: Kernel = ({ inputs, attrs, backend }) => {
  const { x, mean, variance, offset, scale } = inputs as Record<
    'x' | 'mean' | 'variance',
    TensorInfo
  > &
    Record<'offset' | 'scale', TensorInfo | undefined>;
  const { varianceEpsilon } = attrs as { varianceEpsilon: number };
  const { channels } = sizes(x);
  const perChannel = [mean, variance, offset, scale].every(
    (t) => !t || (t.dtype === 'float32' && t.shape.length === 1 && t.shape[0] === channels),
  );
  if (x.dtype !== 'float32' || x.shape.length !== 4 || !perChannel) return undefined;
  return applyGiven(
    backend,
    { x, mean, variance, gamma: scale, beta: offset },
    varianceEpsilon,
    'linear',
  );
};

const inference: Kernel = ({ inputs, attrs, backend }) => {
  const { epsilon, activation } = attrs as unknown as Attributes;
  return applyGiven(backend, inputs as unknown as Given, epsilon, activation);
};

interface Given {
  x: TensorInfo;
  mean: TensorInfo;
  variance: TensorInfo;
  gamma: TensorInfo | undefined;
  beta: TensorInfo | undefined;
  residual?: TensorInfo | undefined;
}

/** act(γ · (x − μ) / √(σ² + ε) + β + residual) by given statistics; γ is 1 and β 0 where the call has none. */
function applyGiven(
  backend: MnetBackend,
  given: Given,
  epsilon: number,
  activation: Activation,
): TensorInfo {
  const { x, mean, variance, gamma, beta, residual } = given;
  const { channels, rows, chunks } = sizes(x);
  const y = backend.output(x.shape);
  const constants = backend.allocate(12 * channels, 'the constants of a batch normalization');
  const inverse = constants;
  const ones = constants + 4 * channels;
  const zeros = constants + 8 * channels;
  backend.device.launch('inverseDeviation', 1, {
    variance: backend.address(variance),
    out: inverse,
    channels,
    epsilon,
  });
  const word = floatBits(1);
  if (!gamma) backend.device.launch('fill', 1, { out: ones, count: channels, word });
  if (!beta) backend.device.launch('fill', 1, { out: zeros, count: channels, word: 0 });
  backend.device.launch('batchNormApply', chunks, {
    x: backend.address(x),
    out: backend.address(y),
    rows,
    channels,
    mean: backend.address(mean),
    inverse,
    gamma: gamma ? backend.address(gamma) : ones,
    beta: beta ? backend.address(beta) : zeros,
    residual: residual ? backend.address(residual) : 0,
    activation: activationCode[activation],
  });
  return y;
}

function sizes(x: TensorInfo): { channels: number; rows: number; chunks: number } {
  const channels = x.shape[x.shape.length - 1] as number;
  const size = util.sizeFromShape(x.shape);
  const rows = size / channels;
  return { channels, rows, chunks: streamChunks(4 * size, rows) };
}

export const batchNormKernels: Record<string, Kernel> = {
  BatchNormInferenceAct: inference,
  FusedBatchNorm: fusedBatchNorm,
  BatchNormAct: forward,
  BatchNormAddAct: forward,
  BatchNormActGrad: gradient,
  BatchNormAddActGrad: gradient,
};
