import { createModel, listModels, type ModelName } from '@mnet/models';
import { Command, Option } from 'commander';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { numberFlag, wholeFlag } from './flags.ts';

/** The flags that say which network, with their defaults. */
export interface NetworkFlags {
  model: ModelName;
  width: number;
  classes: number;
  size: number;
  stem: 'cifar' | 'imagenet';
}

/** A command with the flags of {@link NetworkFlags}. */
export function networkCommand(name: string): Command {
  return new Command(name)
    .addOption(new Option('--model <name>', 'network').choices(listModels()).makeOptionMandatory())
    .option('--width <factor>', 'width multiplier', numberFlag(0, 10, { open: true }), 1)
    .option('--classes <n>', 'classes of the classifier', wholeFlag(1), 10)
    .option('--size <pixels>', 'height and width of the pictures', wholeFlag(1, 4096), 32)
    .addOption(
      new Option('--stem <kind>', 'strides: for large or for 32×32 pictures')
        .choices(['imagenet', 'cifar'])
        .default('imagenet'),
    );
}

/** The network that the flags name, with seeded weights. */
export function networkOf({ model, width, classes, size, stem }: NetworkFlags): LayersModel {
  const inputShape = [size, size, 3] as [number, number, number];
  return createModel(model, { classes, inputShape, width, stem, seed: 1 });
}
