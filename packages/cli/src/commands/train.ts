import { boolean, optional, options, type Resolved } from '@mnet/core/options';
import type { Splits } from '@mnet/data';
import { buildOptions, resetClassifier } from '@mnet/models';
import { train, trainOptions } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Command } from 'commander';
import { loadData } from '../data/load-data.ts';
import { addConfigFlag } from '../flags/config-file.ts';
import { addDataFlags, type DataFlags } from '../flags/data.ts';
import { addFlags } from '../flags/flag.ts';
import { addNetworkFlags, madeNetwork, type NetworkFlags } from '../flags/network.ts';
import { addRunFlags, runFolder, type RunFlags } from '../flags/runs.ts';
import { addBackendFlags, type BackendFlags, useBackend } from '../flags/backend.ts';
import { addTrainingFlags, type TrainingFlags, trainOptionsOf } from '../flags/training.ts';
import { isModelName } from '../networks/model-reference.ts';
import { savedModel } from '../networks/saved-model.ts';
import { interruptSignal } from '../program/interrupt.ts';
import { resultsTable } from '../program/results-table.ts';
import { keepFlags, sayHowToGoOn } from '../runs/kept-flags.ts';
import { reportOn, reportRun } from '../runs/report.ts';
import { runCallbacks } from '../runs/run-callbacks.ts';

const trainedOptions = options({
  /** Share of the features that is dropped before the classifier, default 0. */
  dropout: buildOptions.fields.dropout,
  /** Stochastic depth of the last block with a shortcut, default 0. */
  dropPath: buildOptions.fields.dropPath,
  /** Weights of the classes in the loss, or `balanced`; default: all count the same. */
  classWeights: trainOptions.fields.classWeights,
  /** Whether a saved model gets a new classifier, for the classes of the data; default false. */
  newClassifier: optional(boolean(), false),
});

interface Flags
  extends NetworkFlags,
    Resolved<typeof trainedOptions>,
    DataFlags,
    TrainingFlags,
    RunFlags,
    BackendFlags {}

/** `mnet train` */
export function trainCommand(): Command {
  const command = new Command('train').description(
    'Trains a network. Writes RUNS/NAME/{config.json, flags.json, log.jsonl, metrics.csv, test.json, report.html, model/}.',
  );
  addNetworkFlags(command, { more: ['dropout', 'dropPath'] });
  addFlags(command, trainedOptions, {
    dropout: ['--dropout <share>', 'share of the features dropped before the classifier'],
    dropPath: [
      '--drop-path <share>',
      'share of the images that skip the last block with a shortcut, less before it',
    ],
    classWeights: [
      '--class-weights <list>',
      'weights of the classes in the loss, or balanced: the rarer, the more',
      { suggestions: ['balanced'] },
    ],
    newClassifier: [
      '--new-classifier',
      "give a saved model a new classifier, for the data's classes",
    ],
  });
  addRunFlags(addTrainingFlags(addDataFlags(command)), 'train');
  return addConfigFlag(addBackendFlags(command)).action(runTrain);
}

async function runTrain(flags: Flags, command: Command): Promise<void> {
  const settings = trainOptionsOf(flags);
  const dir = runFolder(flags);
  const signal = interruptSignal();
  try {
    await useBackend(flags.backend, flags.threads);
    const saved = isModelName(flags.model) ? undefined : await savedModel(flags.model, '--model');
    const data = await loadData(saved ? { ...flags, ...sizeOf(saved, flags) } : flags, signal);
    const model = saved ? forClasses(saved, data, flags) : newNetwork(data, flags);
    const { record } = await train(model, data, {
      ...settings,
      ...(flags.labelSmoothing > 0 && { labelSmoothing: flags.labelSmoothing }),
      ...(flags.classWeights && { classWeights: flags.classWeights }),
      run: dir,
      resume: flags.resume,
      overwrite: flags.overwrite,
      allowOtherBuild: flags.allowOtherBuild,
      signal,
      callbacks: [keepFlags(dir, command), ...runCallbacks(flags)],
    });
    const runs = [reportRun(flags.name, record, model)];
    console.log(`\n${resultsTable(runs)}\n`);
    reportOn(dir, runs, `${model.name} on ${data.train.name}`);
  } catch (error) {
    if (signal.aborted) sayHowToGoOn(dir, command);
    throw error;
  }
}

/** Pictures of the size that a saved model takes, unless another one is asked for. */
export function sizeOf(model: LayersModel, { size }: Pick<DataFlags, 'size'>): { size?: number } {
  const height = size ?? model.inputs[0]?.shape[1];
  return typeof height === 'number' ? { size: height } : {};
}

function newNetwork({ train: { classes, shape } }: Splits, flags: Flags): LayersModel {
  const { model: name, seed, dropout, dropPath } = flags;
  if (!isModelName(name)) throw new Error(`--model ${name}: it is no network by name`);
  const input = { classes: classes.length, inputShape: [...shape], seed };
  return madeNetwork(name, flags, {
    ...input,
    ...(dropout > 0 && { dropout }),
    ...(dropPath > 0 && { dropPath }),
  });
}

function forClasses(model: LayersModel, { train: { classes } }: Splits, flags: Flags): LayersModel {
  if (flags.newClassifier) return resetClassifier(model, classes.length, { seed: flags.seed });
  const outputs = model.outputs[0]?.shape.at(-1);
  if (outputs === classes.length) return model;
  throw new Error(
    `--model ${flags.model}: it tells ${outputs} classes apart, and the data has ${classes.length}; give --new-classifier to replace its classifier`,
  );
}
