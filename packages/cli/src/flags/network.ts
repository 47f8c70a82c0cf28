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
import { isModelName, modelTaken } from '../networks/model-reference.ts';
import { type Strides, stridesNames, stridesTaken, stridesText } from '../networks/strides.ts';
import { addFlags } from './flag.ts';

const networkOptions = options({
  /** A network's name, or the path of a saved model. */
  model: required(modelTaken),
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
});

/** Which network: one by name and how it is made, or a saved one. */
export interface NetworkFlags extends Resolved<typeof networkOptions> {}

/** The keys of what makes a network; a saved one has its own. */
const making = ['width', 'strides', 'scaleHead', 'widthRule', 'initialStride'] as const;

/** How a network by name is made. */
export type MakingFlags = Partial<Pick<NetworkFlags, (typeof making)[number]>>;

/**
 * Adds the flags of {@link NetworkFlags}. Those that make a network are refused beside the path of a saved one.
 *
 * @param strides default of `--strides`; undefined: by the size of the pictures
 * @param more further keys that a saved model has its own of, such as `classes`
 */
export function addNetworkFlags(
  command: Command,
  { strides, more = [] }: { strides?: Strides; more?: readonly string[] } = {},
): Command {
  addFlags(
    command,
    networkOptions,
    {
      model: [
        '--model <name>',
        'a network, or the path of a saved model',
        { suggestions: listModels() },
      ],
      width: ['--width <factor>', 'width multiplier'],
      strides: [
        '--strides <kind>',
        `${stridesText}${strides === undefined ? ' (default: cifar for pictures of at most 64 pixels, else paper)' : ''}`,
        { suggestions: stridesNames },
      ],
      scaleHead: ['--scale-head', 'mobilenet_v2: the width shrinks its last convolution too'],
      widthRule: ['--width-rule <rule>', 'mobilenet_v3: how the width scales its table'],
      initialStride: [
        '--initial-stride <n>',
        'mobilenet_v3: stride of the first stage that strides after the stem',
      ],
    },
    strides === undefined ? {} : { strides },
  );
  command.addHelpText('after', `\nNetworks: ${listModels().join(', ')}.`);
  return refuseMaking(command, 'model', [...making, ...more]);
}

/** Refuses the flags of these keys where the flag `model` has a path, whose network is made already. */
export function refuseMaking(command: Command, model: string, keys: readonly string[]): Command {
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
  const given = making.flatMap((key) => (flags[key] === undefined ? [] : [[key, flags[key]]]));
  return createModel(name, { ...input, ...Object.fromEntries(given) });
}
