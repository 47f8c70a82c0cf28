import {
  adam,
  adamW,
  constant,
  cosine,
  type Optimizer,
  progressBar,
  sgd,
  type TrainOptions,
} from '@mnet/train';
import type { Config } from './config.ts';

/** What the flags say of a training, for teacher and student alike. */
export function trainOptions(config: Config, signal: AbortSignal): TrainOptions {
  const { epochs, batchSize, lr, schedule, seed, resume, allowOtherBuild, overwrite } = config;
  return {
    epochs,
    batchSize,
    optimizer: optimizerOf(config),
    schedule:
      schedule === 'constant' ? constant(lr) : cosine({ peak: lr, warmupEpochs: 0.05 * epochs }),
    ...(config.augment ? { augment: { crop: { padding: 4 }, flip: true } } : {}),
    seed,
    resume,
    allowOtherBuild,
    overwrite,
    signal,
    callbacks: [progressBar()],
  };
}

function optimizerOf({ optimizer, lr: learningRate, weightDecay }: Config): Optimizer {
  if (optimizer === 'adam') return adam({ learningRate, weightDecay });
  if (optimizer === 'adamw') return adamW({ learningRate, weightDecay });
  return sgd({ learningRate, momentum: 0.9, nesterov: true, weightDecay });
}
