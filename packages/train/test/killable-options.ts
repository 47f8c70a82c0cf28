import { adam, cosine, type TrainOptions } from '@mnet/train';

/** The training that one process begins and is killed in, and another ends. */
export const killable: TrainOptions = {
  epochs: 5,
  batchSize: 12,
  optimizer: adam(),
  schedule: cosine({ peak: 0.02, warmupEpochs: 1 }),
  augment: { crop: { padding: 1 }, flip: true },
  ema: { decay: 0.9 },
  bestWeights: true,
  seed: 5,
};
