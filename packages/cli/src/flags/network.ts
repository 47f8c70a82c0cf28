import { type Fields, optional, options, pick, required, type Resolved } from '@mnet/core/options';
import {
  architecture,
  architectureOptions,
  batchNormSpec,
  createModel,
  listModels,
  type ModelName,
  type ModelOptions,
  namedStrides,
  ownOptions,
  type Strides,
} from '@mnet/models';
import type { Command } from 'commander';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { isModelName, keptReference, modelTaken } from '../networks/model-reference.ts';
import { stridesText } from '../networks/strides.ts';
import { isDefault } from './config-file.ts';
import { addFlags, type FlagExtras } from './flag.ts';
import { type OwnFlags, ownFlags } from './own-options.ts';

const modelOptions = options({
  /** A network's name, or the path of a saved model. */
  model: required(modelTaken),
});

const sharedOptions = options({
  ...architectureOptions.fields,
  /** How fast the moving statistics of batch normalization follow; the network's own where it is left out. */
  batchNormMomentum: optional(batchNormSpec.fields.momentum.takes),
});

const own = ownFlags(
  Object.fromEntries(listModels().map((name) => [name, ownOptions(name).fields])),
);

const making: Fields = { ...sharedOptions.fields, ...own.fields };
const makingOptions = options(making);

/** The keys of {@link MakingFlags}. */
export const makingKeys: readonly string[] = makingOptions.keys;

/** How a network by name is made: what all networks take, and what some of them do. */
export interface MakingFlags extends Partial<Resolved<typeof sharedOptions>>, OwnFlags {}

/** Which network: one by name and how it is made, or a saved one. */
export interface NetworkFlags
  extends Resolved<typeof modelOptions>,
    Resolved<typeof sharedOptions>,
    OwnFlags {}

/** What a flag that takes a network's name or a path has beside its text. */
export const networkExtras: FlagExtras = {
  suggestions: listModels(),
  kept: keptReference,
  path: true,
};

/**
 * Adds the flag `--model` and those of {@link addMakingFlags}.
 *
 * @param options `strides`: default of `--strides`, by the size of the pictures where it is left out; `more`: further keys
 *   that a saved model has its own of, such as `classes`
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
  return refuseMaking(command, 'model', [...makingKeys, ...more]);
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
        { suggestions: namedStrides },
      ],
      ...own.table,
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
 * @param model the key of the flag that has the name or the path, or several of them, one of which may be a name
 * @param keys of the flags that make a network; default those of {@link MakingFlags}
 */
export function refuseMaking(
  command: Command,
  model: string,
  keys: readonly string[] = makingKeys,
): Command {
  return command.hook('preAction', () => {
    const names = [command.getOptionValue(model) as string | readonly string[]].flat();
    if (names.some((name) => isModelName(name.replace(/:[^:]*$/, '')))) return;
    for (const key of keys) {
      if (isDefault(command, key)) continue;
      const { long, defaultValue } =
        command.options.find((each) => each.attributeName() === key) ?? {};
      // A run's own configuration has every value, also those that nobody gave.
      const isKept = command.getOptionValueSource(key) === 'config';
      if (isKept && command.getOptionValue(key) === defaultValue) continue;
      const message = `error: option '${long}' is for networks by name; '${names.join(',')}' has its own`;
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
  const { batchNormMomentum: momentum } = flags;
  return createModel(name, {
    ...input,
    ...shapeOf(flags),
    ...(momentum !== undefined && { batchNorm: { momentum } }),
  });
}

/** @throws where the network cannot be made with these flags, whatever the pictures */
export function checkNetwork(name: ModelName, flags: MakingFlags): void {
  architecture(name, shapeOf(flags));
}

/** What was said of the network's table. */
function shapeOf(flags: MakingFlags): object {
  const { batchNormMomentum: _, ...others } = pick(makingOptions, flags);
  return Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
}
