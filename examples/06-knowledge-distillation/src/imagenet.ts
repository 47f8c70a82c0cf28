import { existsSync } from 'node:fs';
import { madeNetwork, teacherMaking } from '@mnet/cli';
import type { Splits } from '@mnet/data';
import { loadWeights, type WeightsFormat } from '@mnet/models';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Flags, isRemote, weightsPlace } from './flags.ts';

/** As libraries name tensors; of ResNet-18 both have the same names. */
const formats: readonly WeightsFormat[] = ['timm', 'torchvision', 'mnet'];

/**
 * The teacher with ImageNet weights and a new head for the data's classes, which no image has trained.
 *
 * @throws if the weights cannot be had, or are of another network
 */
export async function imagenetTeacher(
  flags: Flags,
  { train: { classes, shape } }: Splits,
): Promise<LayersModel> {
  const input = { classes: classes.length, inputShape: [...shape], seed: flags.seed };
  const model = madeNetwork(flags.teacher, teacherMaking(flags), input);
  try {
    await load(model, weightsPlace(flags.imagenetWeights as string));
    return model;
  } catch (error) {
    model.dispose();
    throw new Error(`--imagenet-weights: ${(error as Error).message}`, { cause: error });
  }
}

/** Loads what one of the libraries has named; the first one's error is told where none has. */
async function load(model: LayersModel, place: string): Promise<void> {
  const failures: unknown[] = [];
  for (const format of formats) {
    try {
      await loadWeights(model, place, { format, resetClassifier: true });
      return;
    } catch (error) {
      failures.push(error);
    }
  }
  throw failures[0];
}

/** @throws where the weights are a file that is not there */
export function checkWeights({ imagenetWeights }: Flags): void {
  if (imagenetWeights === undefined || isRemote(imagenetWeights)) return;
  const file = weightsPlace(imagenetWeights);
  if (!existsSync(file)) throw new Error(`--imagenet-weights: ${file} is not there`);
}
