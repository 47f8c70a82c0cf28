import { boolean, optional, options, type Resolved } from '@mnet/core/options';
import type { Splits } from '@mnet/data';
import { buildOptions, resetClassifier } from '@mnet/models';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Command } from 'commander';
import { loadData } from '../data/load-data.ts';
import type { DataFlags } from '../flags/data.ts';
import { addFlags } from '../flags/flag.ts';
import { addNetworkFlags, madeNetwork, type NetworkFlags } from '../flags/network.ts';
import { loadForSaved } from './load-for-saved.ts';
import { isModelName } from './model-reference.ts';
import { savedModel } from './saved-model.ts';

const trainedOptions = options({
  /** Share of the features that is dropped before the classifier, default 0. */
  dropout: buildOptions.fields.dropout,
  /** Stochastic depth of the last block with a shortcut, default 0. */
  dropPath: buildOptions.fields.dropPath,
  /** Whether a saved model gets a new classifier, for the classes of the data; default false. */
  newClassifier: optional(boolean(), false),
});

interface OfNetwork extends NetworkFlags, Resolved<typeof trainedOptions> {}

/** Which network is trained, and with which data. */
export interface TrainedNetworkFlags extends OfNetwork, DataFlags {}

/** Adds the flags of {@link TrainedNetworkFlags} but for those of the data. */
export function addTrainedNetworkFlags(command: Command): Command {
  addNetworkFlags(command, { more: ['dropout', 'dropPath'] });
  return addFlags(command, trainedOptions, {
    dropout: ['--dropout <share>', 'share of the features dropped before the classifier'],
    dropPath: [
      '--drop-path <share>',
      'share of the images that skip the last block with a shortcut, less before it',
    ],
    newClassifier: [
      '--new-classifier',
      "give a saved model a new classifier, for the data's classes",
    ],
  });
}

/**
 * Loads the data, and makes or loads the network for its pictures and classes.
 *
 * @param goesOn the folder of the run where it goes on
 */
export async function networkToTrain(
  flags: TrainedNetworkFlags,
  signal: AbortSignal,
  command: Command,
  goesOn?: string,
): Promise<{ model: LayersModel; data: Splits }> {
  if (isModelName(flags.model)) {
    const data = await loadData(flags, signal);
    return { model: newNetwork(data, flags), data };
  }
  const saved = await savedModel(flags.model, '--model');
  const networks = [{ model: saved, path: flags.model }];
  const data = await loadForSaved(networks, flags, signal, command, goesOn);
  return { model: forClasses(saved, data, flags), data };
}

function newNetwork(
  { train: { classes, shape } }: Splits,
  flags: OfNetwork & Pick<DataFlags, 'seed'>,
): LayersModel {
  const { model: name, seed, dropout, dropPath } = flags;
  if (!isModelName(name)) throw new Error(`--model ${name}: it is no network by name`);
  const input = { classes: classes.length, inputShape: [...shape], seed };
  return madeNetwork(name, flags, {
    ...input,
    ...(dropout > 0 && { dropout }),
    ...(dropPath > 0 && { dropPath }),
  });
}

function forClasses(
  model: LayersModel,
  { train: { classes } }: Splits,
  flags: OfNetwork & Pick<DataFlags, 'seed'>,
): LayersModel {
  if (flags.newClassifier) return resetClassifier(model, classes.length, { seed: flags.seed });
  const outputs = model.outputs[0]?.shape.at(-1);
  if (outputs === classes.length) return model;
  throw new Error(
    `--model ${flags.model}: it tells ${outputs} classes apart, and the data has ${classes.length}; give --new-classifier to replace its classifier`,
  );
}
