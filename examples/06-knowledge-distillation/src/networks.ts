import type { Splits } from '@mnet/data';
import { createModel, type ModelName } from '@mnet/models';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Config, Strides } from './config.ts';

/** The teacher that the flags describe, before training. */
export function teacherOf(config: Config, data: Splits): LayersModel {
  return network(config.teacher, config.teacherWidth, config.teacherStrides, config.seed, data);
}

/** The student; alone and distilled it starts from the same weights. */
export function studentOf(config: Config, data: Splits): LayersModel {
  return network(config.student, config.width, config.strides, config.seed + 1, data);
}

function network(
  name: ModelName,
  width: number,
  strides: Strides,
  seed: number,
  { train }: Splits,
): LayersModel {
  return createModel(name, {
    classes: train.classes.length,
    inputShape: [...train.shape],
    width,
    strides,
    seed,
  });
}
