import type { Captured } from '@mnet/backend';
import { foldBatchNorm } from '@mnet/models';
import { adam, crossEntropyObjective, TrainSteps } from '@mnet/train';
import {
  dispose,
  getBackend,
  randomNormal,
  randomUniform,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Mode } from './kinds.ts';
import { assertOneOutput, classesOf, inputShapeOf } from './shapes.ts';

/** What is timed; all as in the options of `measureThroughput`. */
export interface StepSettings {
  readonly mode: Mode;
  readonly batch: number;
  /** Of no effect in training. */
  readonly deploy: boolean;
  /** Of effect in training alone. */
  readonly capture: boolean;
}

/** One run of a network on a batch of random pictures, and the way to give its memory back. */
export interface Step {
  run: () => Promise<void>;
  dispose: () => void;
}

/**
 * A step to be timed: the same seeded batch each time, its result read back (`await y.data()`) so that the time
 * holds all the work of an asynchronous backend, and its outputs disposed of.
 */
export async function createStep(
  model: LayersModel,
  { mode, batch, deploy, capture }: StepSettings,
): Promise<Step> {
  if (mode === 'train') classesOf(model);
  else assertOneOutput(model);
  const images = randomNormal([batch, ...inputShapeOf(model)], 0, 1, 'float32', 1);
  try {
    if (mode === 'train') return trainingStep(model, images, capture);
    return deploy ? await deployedStep(model, images) : inferStep(model, images);
  } catch (error) {
    images.dispose();
    throw error;
  }
}

function inferStep(model: LayersModel, images: Tensor): Step {
  return {
    run: async () => {
      const y = tidy(() => model.apply(images, { training: false }) as Tensor);
      await y.data();
      y.dispose();
    },
    dispose: () => images.dispose(),
  };
}

/**
 * The network as one would ship it: batch normalization folded and, on `mnet`, recorded once and replayed; what cannot
 * be recorded, as a network with a kernel that runs in JavaScript, is called.
 */
async function deployedStep(model: LayersModel, images: Tensor): Promise<Step> {
  const folded = foldBatchNorm(model);
  if (getBackend() !== 'mnet') return calledStep(folded, images);
  const recorded = await record(folded, images.shape).catch((error: unknown) => {
    folded.dispose();
    throw error;
  });
  if (recorded === undefined) return calledStep(folded, images);
  const values = await images.data<'float32'>();
  return {
    run: () => {
      recorded.run(values);
      return Promise.resolve();
    },
    dispose: () => {
      recorded.dispose();
      folded.dispose();
      images.dispose();
    },
  };
}

function calledStep(folded: LayersModel, images: Tensor): Step {
  const step = inferStep(folded, images);
  return {
    ...step,
    dispose: () => {
      step.dispose();
      folded.dispose();
    },
  };
}

/** The recorded network, or undefined where one of its kernels runs in JavaScript. */
async function record(model: LayersModel, inputShape: number[]): Promise<Captured | undefined> {
  const { capture } = await import('@mnet/backend');
  try {
    return capture(model, inputShape);
  } catch (error) {
    if (/^capture: .* cannot be recorded/.test((error as Error).message)) return undefined;
    throw error;
  }
}

/** The step of `train`: cross-entropy against random labels, and Adam at 0.001. */
function trainingStep(model: LayersModel, images: Tensor, capture: boolean): Step {
  const [batch] = images.shape as [number];
  const labels = randomUniform([batch], 0, classesOf(model), 'int32', 2) as Tensor1D;
  const variables = model.trainableWeights.map((w) => w.read() as Variable);
  const optimizer = adam();
  const bound = optimizer.bind(variables);
  const steps = new TrainSteps(capture);
  const input = {
    model,
    objective: crossEntropyObjective(),
    batch: {
      images: images as Tensor4D,
      labels,
      indices: Int32Array.from({ length: batch }, (_, i) => i),
      mirrored: new Uint8Array(batch),
    },
    epoch: 0,
    stepsPerEpoch: Number.MAX_SAFE_INTEGER,
    variables,
    optimizer: bound,
    learningRate: optimizer.learningRate,
  };
  return {
    run: async () => {
      const { figures } = steps.make({ ...input, step: bound.updates });
      const [loss] = await figures.data();
      figures.dispose();
      if (!Number.isFinite(loss)) {
        throw new Error(`the loss became ${loss} at step ${bound.updates}`);
      }
    },
    dispose: () => {
      steps.dispose();
      bound.dispose();
      dispose([images, labels]);
    },
  };
}
