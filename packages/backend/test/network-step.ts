import { mnet } from '@mnet/backend';
import {
  batchNormTrain,
  type CapturedStep,
  type ComputedStep,
  sgdStep,
  type TellVarying,
  valueAndGradients,
} from '@mnet/ops';
import {
  conv2d,
  matMul,
  memory,
  mul,
  reshape,
  type Scalar,
  square,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor,
  type Tensor1D,
  tensor1d,
  tidy,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import { numbers } from './compare.ts';

export const shape = [4, 6, 6, 3];

/** A small network with batch normalization, whose moving statistics are changed in place. */
export class Network {
  readonly filter = made([3, 3, 3, 8], 1);
  readonly gamma = made([8], 2);
  readonly beta = made([8], 3);
  readonly movingMean = made([8], 4, false);
  readonly movingVariance = tidy(() => variable(tensor1d(new Float32Array(8).fill(1)), false));
  readonly dense = made([6 * 6 * 8, 5], 5);
  readonly trained = [this.filter, this.gamma, this.beta, this.dense];

  loss(x: Tensor): Scalar {
    const y = conv2d(x as Tensor4D, this.filter as unknown as Tensor4D, 1, 'same');
    const { gamma, beta, movingMean, movingVariance } = this;
    const moving = { movingMean, movingVariance, momentum: 0.1 };
    const normalized = batchNormTrain(
      y,
      { gamma: gamma as unknown as Tensor1D, beta: beta as unknown as Tensor1D },
      { activation: 'relu', moving },
    );
    const flat = reshape(normalized, [x.shape[0], -1]) as Tensor2D;
    return sum(square(matMul(flat, this.dense as unknown as Tensor2D)));
  }

  /** All weights, as they are now. */
  values(): number[][] {
    const { movingMean, movingVariance } = this;
    return [...this.trained, movingMean, movingVariance].map((v) => [...v.dataSync<'float32'>()]);
  }

  dispose(): void {
    for (const v of [...this.trained, this.movingMean, this.movingVariance]) v.dispose();
  }
}

/** A variable of these numbers. */
export const made = (size: number[], seed: number, trainable = true): Variable =>
  tidy(() => {
    const length = size.reduce((a, b) => a * b, 1);
    return variable(mul(tensor(numbers(length, seed), size), 0.2), trainable);
  });

/** What a step computes beside the loss, for trials. */
export type Beside = (x: Tensor, varies: TellVarying) => void;

/** Makes a step of a network on numbers of a seed; gives the loss. */
export function makeStep(
  network: Network,
  step: CapturedStep | undefined,
  seed: number,
  { batch = 4, beside }: { batch?: number; beside?: Beside } = {},
): number {
  const x = tensor(numbers(batch * 6 * 6 * 3, seed), [batch, 6, 6, 3]);
  const compute = (varies: TellVarying): ComputedStep => {
    const { value, gradients } = valueAndGradients(() => {
      beside?.(x, varies);
      return network.loss(x);
    }, network.trained);
    return { values: [value], gradients };
  };
  const update = (gradients: readonly (Tensor | null)[]): void =>
    sgdStep(network.trained, gradients as Tensor[], [], { learningRate: 1e-4 });
  try {
    const [loss] = step
      ? step.run([x], compute, update)
      : tidy(() => {
          const { gradients, values } = compute(() => {});
          update(gradients);
          return [...values];
        });
    const [number] = (loss as Tensor).dataSync<'float32'>();
    loss?.dispose();
    return number as number;
  } finally {
    x.dispose();
  }
}

/** The losses of steps on the numbers of these seeds, and the weights then. */
export function course(
  seeds: readonly number[],
  step: CapturedStep | undefined,
  options: { beside?: Beside } = {},
): { losses: number[]; weights: number[][] } {
  const network = new Network();
  const losses = seeds.map((seed) => makeStep(network, step, seed, options));
  const weights = network.values();
  network.dispose();
  return { losses, weights };
}

export const state = (): object => ({
  used: mnet().memory().usedBytes,
  buffers: memory().numDataBuffers,
  tensors: memory().numTensors,
});
