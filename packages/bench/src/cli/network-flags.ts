import { existsSync } from 'node:fs';
import { fileSystem, registerLayers } from '@mnet/layers';
import { createModel, listModels, type ModelName } from '@mnet/models';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { shapeText } from '../measure/shapes.ts';
import { numberFlag, wholeFlag } from './flags.ts';

/** The flags that make a network of the registry, with their defaults. */
interface MakingFlags {
  width: number;
  classes: number;
  size: number;
  strides: 'paper' | 'stem1' | 'cifar';
}

/** The flags that say which network. */
export interface NetworkFlags extends MakingFlags {
  /** A name of the registry, or the path of a saved model. */
  model: string;
}

/** A network to be measured, and what results say of it. */
export interface Network {
  model: LayersModel;
  /** Its name or path. */
  name: string;
  /** How it was made; a saved model's are null. */
  flags: { [flag in keyof MakingFlags]: MakingFlags[flag] | null };
  /** The name and the sizes for people. */
  title: string;
  sizes: string;
}

/** A command with the flags of {@link NetworkFlags}. */
export function networkCommand(name: string): Command {
  return new Command(name)
    .addOption(
      new Option('--model <name>', 'a network, or the path of a saved model')
        .argParser(modelFlag)
        .makeOptionMandatory(),
    )
    .addHelpText('after', `\nNetworks: ${listModels().join(', ')}.`)
    .option('--width <factor>', 'width multiplier', numberFlag(0, 10, { open: true }), 1)
    .option('--classes <n>', 'classes of the classifier', wholeFlag(1), 10)
    .option('--size <pixels>', 'height and width of the pictures', wholeFlag(1, 4096), 32)
    .addOption(
      new Option(
        '--strides <kind>',
        "paper: the network's own; stem1: the same with stride 1 in the stem; cifar: for 32×32 pictures",
      )
        .choices(['paper', 'stem1', 'cifar'])
        .default('paper'),
    )
    .hook('preAction', (command) => {
      const { model } = command.opts<NetworkFlags>();
      if (isName(model)) return;
      for (const flag of ['width', 'classes', 'size', 'strides']) {
        if (command.getOptionValueSource(flag) !== 'cli') continue;
        const message = `error: option '--${flag}' is for networks by name; '${model}' has its own`;
        command.error(message, { code: 'commander.conflictingOption' });
      }
    });
}

/** What is not a name is a path, unless it looks like a name and nothing of that path is there. */
function modelFlag(text: string): string {
  const path = /[/\\]|\.json$/.test(text) || existsSync(text);
  if (isName(text) || path) return text;
  throw new InvalidArgumentError(
    `It takes one of ${listModels().join(', ')}, or the path of a saved model.`,
  );
}

function isName(text: string): text is ModelName {
  return (listModels() as readonly string[]).includes(text);
}

/**
 * The network that the flags name: of the registry with seeded weights, or a saved one.
 *
 * @throws for a path with no model, or a broken one; the error names the path.
 */
export async function networkOf(flags: NetworkFlags): Promise<Network> {
  const { model: name, width, classes, size, strides } = flags;
  if (!isName(name)) return savedNetwork(name);
  const inputShape = [size, size, 3] as [number, number, number];
  return {
    model: createModel(name, { classes, inputShape, width, strides, seed: 1 }),
    name,
    flags: { width, classes, size, strides },
    title: `${name} ×${width}`,
    sizes: `${size}×${size}×3, ${classes} classes, ${strides} strides`,
  };
}

async function savedNetwork(path: string): Promise<Network> {
  registerLayers();
  const model = await loadLayersModel(fileSystem(path)).catch((error: Error) => {
    throw new Error(`--model ${path}: ${error.message.replaceAll(/\s*\n\s*/g, ' ')}`, {
      cause: error,
    });
  });
  return {
    model,
    name: path,
    flags: { width: null, classes: null, size: null, strides: null },
    title: path,
    sizes: `${shapeText(model.inputs)} to ${shapeText(model.outputs)}`,
  };
}
