import type { Activation } from '@mnet/ops';
import { type TensorInfo, util, type Variable } from '@tensorflow/tfjs-core';
import { activationCode } from './activation.ts';
import { writable } from './in-place.ts';
import { streamChunks } from './plan.ts';
import type { Kernel } from './register.ts';

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
  if (rows === 0) return undefined;
  const partials = backend.allocate(
    8 * chunks * channels,
    'the partial sums of a batch normalization',
  );
  const from = backend.address(x);
  const statistics = [backend.address(mean), backend.address(inverse)];
  const moving =
    movingMean && movingVariance
      ? [writable(backend, movingMean), writable(backend, movingVariance)]
      : [0, 0];
  backend.runtime.launch('batchNormSums', chunks, [from, partials, rows, channels]);
  backend.runtime.launch('batchNormStatistics', 1, [
    from,
    partials,
    rows,
    channels,
    chunks,
    ...statistics,
    ...moving,
    { float: epsilon },
    { float: momentum },
  ]);
  backend.free(partials);
  backend.runtime.launch('batchNormApply', chunks, [
    from,
    backend.address(y),
    rows,
    channels,
    ...statistics,
    backend.address(gamma),
    backend.address(beta),
    residual ? backend.address(residual) : 0,
    activationCode[activation],
  ]);
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
  const sums = [backend.address(dbeta), backend.address(dgamma)];
  const words = (target: number): number[] => [
    backend.address(x),
    target,
    rows,
    channels,
    backend.address(mean),
    backend.address(inverse),
    backend.address(gamma),
    backend.address(beta),
    residual ? backend.address(residual) : 0,
    activationCode[activation],
    backend.address(dy),
  ];
  backend.runtime.launch('batchNormGradSums', chunks, words(partials));
  backend.runtime.launch('sumPairs', 1, [partials, ...sums, channels, chunks]);
  backend.free(partials);
  backend.runtime.launch('batchNormGrad', chunks, [
    ...words(backend.address(dx)),
    dresidual ? backend.address(dresidual) : 0,
    ...sums,
  ]);
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
  const { channels, rows, chunks } = sizes(x);
  const perChannel = [mean, variance, offset, scale].every(
    (t) => !t || (t.dtype === 'float32' && t.shape.length === 1 && t.shape[0] === channels),
  );
  if (x.dtype !== 'float32' || x.shape.length !== 4 || !perChannel || rows === 0) return undefined;
  const y = backend.output(x.shape);
  // 1 / √(variance + ε), then γ and β where the call has none: a few hundred numbers.
  const constants = backend.allocate(12 * channels, 'the constants of a batch normalization');
  const values = new Float32Array(backend.runtime.bytes, constants, 3 * channels);
  const given = new Float32Array(backend.runtime.bytes, backend.address(variance), channels);
  for (let c = 0; c < channels; c++)
    values[c] = 1 / Math.sqrt((given[c] as number) + varianceEpsilon);
  values.fill(1, channels, 2 * channels).fill(0, 2 * channels);
  backend.runtime.launch('batchNormApply', chunks, [
    backend.address(x),
    backend.address(y),
    rows,
    channels,
    backend.address(mean),
    constants,
    scale ? backend.address(scale) : constants + 4 * channels,
    offset ? backend.address(offset) : constants + 8 * channels,
    0,
    activationCode.linear,
  ]);
  backend.free(constants);
  return y;
};

function sizes(x: TensorInfo): { channels: number; rows: number; chunks: number } {
  const channels = x.shape[x.shape.length - 1] as number;
  const size = util.sizeFromShape(x.shape);
  const rows = channels > 0 ? size / channels : 0;
  return { channels, rows, chunks: streamChunks(4 * size, Math.max(1, rows)) };
}

export const batchNormKernels: Record<string, Kernel> = {
  FusedBatchNorm: fusedBatchNorm,
  BatchNormAct: forward,
  BatchNormAddAct: forward,
  BatchNormActGrad: gradient,
  BatchNormAddActGrad: gradient,
};
