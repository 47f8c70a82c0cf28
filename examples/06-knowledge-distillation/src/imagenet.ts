import { existsSync, statSync } from 'node:fs';
import { madeNetwork, savedModel, teacherMaking } from '@mnet/cli';
import type { Splits } from '@mnet/data';
import { loadWeights, type WeightsFormat } from '@mnet/models';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { type Flags, isRemote, weightsFlag, weightsPlace } from './flags.ts';

/** As libraries name tensors; of ResNet-18 both have the same names. */
const formats: readonly WeightsFormat[] = ['timm', 'torchvision', 'mnet'];

/**
 * The teacher with ImageNet weights and a new head for the data's classes, which no image has trained.
 *
 * @param pretrained the folder of a run that stands in for them
 * @throws if the weights cannot be had, or are of another network
 */
export async function imagenetTeacher(
  flags: Flags,
  { train: { classes, shape } }: Splits,
  pretrained?: string,
): Promise<LayersModel> {
  const input = { classes: classes.length, inputShape: [...shape], seed: flags.seed };
  const model = madeNetwork(flags.teacher, teacherMaking(flags), input);
  const place = pretrained ?? weightsPlace(flags.imagenetWeights as string);
  const isFolder = !isRemote(place) && statSync(place).isDirectory();
  try {
    if (isFolder) await takeOver(model, place);
    else await load(model, place);
    return model;
  } catch (error) {
    model.dispose();
    throw new Error(`${weightsFlag(flags)}: ${(error as Error).message}`, { cause: error });
  }
}

/** Takes the weights of a network that was trained here, but for its classifier's. */
async function takeOver(model: LayersModel, folder: string): Promise<void> {
  const trained = await savedModel(folder, 'the folder');
  try {
    const [from, to] = [bodyOf(trained), bodyOf(model)];
    const shapes = [from, to].map((weights) => JSON.stringify(weights.map(({ shape }) => shape)));
    if (shapes[0] !== shapes[1]) {
      throw new Error(
        `the network of ${folder} has other weights than the teacher, ${model.name}; takes the same network, of the same width`,
      );
    }
    for (const [i, weight] of to.entries()) weight.write((from[i] as LayerVariable).read());
  } finally {
    trained.dispose();
  }
}

/** All weights but those of the last layer, which tells classes apart. */
function bodyOf({ weights, layers }: LayersModel): LayerVariable[] {
  const head = layers.at(-1)?.weights ?? [];
  return weights.filter((weight) => !head.includes(weight));
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
