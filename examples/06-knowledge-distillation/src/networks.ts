import { madeNetwork } from '@mnet/cli';
import type { Splits } from '@mnet/data';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Config } from './config.ts';

/** The teacher that the flags describe, before training. */
export function teacherOf(config: Config, data: Splits): LayersModel {
  const { teacher, teacherWidth: width, teacherStrides: strides, seed } = config;
  return madeNetwork(teacher, { width, strides }, { ...input(data), seed });
}

/** The student; alone and distilled it starts from the same weights. */
export function studentOf(config: Config, data: Splits): LayersModel {
  const { student, width, strides, seed } = config;
  return madeNetwork(student, { width, strides }, { ...input(data), seed: seed + 1 });
}

function input({ train }: Splits): { classes: number; inputShape: readonly number[] } {
  return { classes: train.classes.length, inputShape: [...train.shape] };
}
