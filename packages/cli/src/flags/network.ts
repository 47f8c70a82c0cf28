import {
  boolean,
  choice,
  number,
  optional,
  options,
  required,
  type Resolved,
} from '@mnet/core/options';
import { createModel, listModels, type ModelName, type ModelOptions } from '@mnet/models';
import type { Command } from 'commander';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { isModelName, keptReference, modelTaken } from '../networks/model-reference.ts';
import { type Strides, stridesNames, stridesTaken, stridesText } from '../networks/strides.ts';
import { addFlags, type FlagExtras } from './flag.ts';

const modelOptions = options({
  /** A network's name, or the path of a saved model. */
  model: required(modelTaken),
});

const makingOptions = options({
  /** Multiplier of the channels, default 1. */
  width: optional(number({ above: 0, max: 10 }), 1),
  /** How fast pictures shrink; where it is left out, `createModel` decides by their size. */
  strides: optional(stridesTaken),
  /** Whether MobileNetV2's last convolution shrinks with the width too; the network's own where it is left out. */
  scaleHead: optional(boolean()),
  /** How MobileNetV3's table is scaled. */
  widthRule: optional(choice(['paper', 'torchvision'])),
  /** Stride of MobileNetV3's first stage that strides after the stem. */
  initialStride: optional(choice([1, 2])),
  /** How fast the moving statistics of batch normalization follow; the network's own where it is left out. */
  batchNormMomentum: optional(number({ above: 0, max: 1 })),
});

/** How a network by name is made. */
export interface MakingFlags extends Partial<Resolved<typeof makingOptions>> {}

/** Which network: one by name and how it is made, or a saved one. */
export interface NetworkFlags
  extends Resolved<typeof modelOptions>,
    Resolved<typeof makingOptions> {}

/** What a flag that takes a network's name or a path has beside its text. */
export const networkExtras: FlagExtras = {
  suggestions: listModels(),
  kept: keptReference,
  path: true,
};

/**
 * Adds the flag `--model` and those of {@link addMakingFlags}.
 *
 * @param strides default of `--strides`; undefined: by the size of the pictures
 * @param more further keys that a saved model has its own of, such as `classes`
 */
export function addNetworkFlags(
  command: Command,
  { strides, more = [] }: { strides?: Strides; more?: readonly string[] } = {},
): Command {
  addFlags(command, modelOptions, {
    model: ['--model <name>', 'a network, or the path of a saved model', networkExtras],
  });
  command.addHelpText('after', `\nNetworks: ${listModels().join(', ')}.`);
  addMakingFlags(command, strides);
  return refuseMaking(command, 'model', [...makingOptions.keys, ...more]);
}

/** Adds the flags of {@link MakingFlags}. */
export function addMakingFlags(command: Command, strides?: Strides): Command {
  const bySize = ' (default: cifar for pictures of at most 64 pixels, else paper)';
  return addFlags(
    command,
    makingOptions,
    {
      width: ['--width <factor>', 'width multiplier'],
      strides: [
        '--strides <kind>',
        stridesText + (strides === undefined ? bySize : ''),
        { suggestions: stridesNames },
      ],
      scaleHead: ['--scale-head', 'mobilenet_v2: the width shrinks its last convolution too'],
      widthRule: ['--width-rule <rule>', 'mobilenet_v3: how the width scales its table'],
      initialStride: [
        '--initial-stride <n>',
        'mobilenet_v3: stride of the first stage that strides after the stem',
      ],
      batchNormMomentum: [
        '--batch-norm-momentum <share>',
        'how fast the moving statistics of batch normalization follow, for short trainings',
      ],
    },
    strides === undefined ? {} : { strides },
  );
}

/**
 * Refuses flags beside the path of a saved model, which is made already.
 *
 * @param model the key of the flag that has the name or the path
 * @param keys of the flags that make a network; default those of {@link MakingFlags}
 */
export function refuseMaking(
  command: Command,
  model: string,
  keys: readonly string[] = makingOptions.keys,
): Command {
  return command.hook('preAction', () => {
    const name = command.getOptionValue(model) as string;
    if (isModelName(name)) return;
    for (const key of keys) {
      const source = command.getOptionValueSource(key);
      if (source === undefined || source === 'default') continue;
      const { long } = command.options.find((each) => each.attributeName() === key) ?? {};
      const message = `error: option '${long}' is for networks by name; '${name}' has its own`;
      command.error(message, { code: 'commander.conflictingOption' });
    }
  });
}

/**
 * A network of the registry, with seeded weights.
 *
 * @param input classes, size of the pictures and whatever else `createModel` takes
 */
export function madeNetwork(
  name: ModelName,
  flags: MakingFlags,
  input: Pick<ModelOptions, 'classes' | 'inputShape' | 'seed' | 'dropout'>,
): LayersModel {
  const { batchNormMomentum: momentum, ...others } = flags;
  const given = makingOptions.keys.flatMap((key) =>
    key === 'batchNormMomentum' || others[key] === undefined ? [] : [[key, others[key]]],
  );
  return createModel(name, {
    ...input,
    ...Object.fromEntries(given),
    ...(momentum !== undefined && { batchNorm: { momentum } }),
  });
}
