import { evaluateAsTrained } from '@mnet/bench';
import { choice, integer, optional, options, type Resolved } from '@mnet/core/options';
import type { ImageDataset } from '@mnet/data';
import { type Evaluation, evaluateOptions } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Command } from 'commander';
import { loadData } from '../data/load-data.ts';
import { type BackendFlags, useBackend } from '../flags/backend.ts';
import { isDefault } from '../flags/config-file.ts';
import type { DataFlags } from '../flags/data.ts';
import { addFlags } from '../flags/flag.ts';
import type { OutputFlags } from '../flags/output.ts';
import { sizeOf } from '../networks/load-for-saved.ts';
import { savedModel } from '../networks/saved-model.ts';
import { dataOfRun, heldOutAsIn, tellOtherParts } from '../runs/data-of-run.ts';

const parts = ['test', 'validation', 'train'] as const;

const evaluationOptions = options({
  /** Which part of the data, default `test`. */
  part: optional(choice(parts), 'test'),
  /** Images a forward pass, default 256. */
  batchSize: optional(integer({ min: 1 }), 256),
  /** Whether the logits of each image and of its mirror image are averaged; default false. */
  mirror: evaluateOptions.fields.mirror,
  /** By how many pixels the images are shifted in two further views; default 0, none. */
  shift: evaluateOptions.fields.shift,
});

/** What a saved model is evaluated on, and how. */
export interface EvaluateFlags
  extends Resolved<typeof evaluationOptions>,
    DataFlags,
    BackendFlags,
    OutputFlags {}

/** Adds the flags of {@link EvaluateFlags} but for those of data, backend and output. */
export function addEvaluationFlags(command: Command): Command {
  return addFlags(command, evaluationOptions, {
    part: ['--part <name>', 'which part of the data'],
    batchSize: ['--batch-size <n>', 'images a forward pass'],
    mirror: ['--mirror', 'average the logits of each image and of its mirror image'],
    shift: ['--shift <pixels>', 'average also those of the image shifted to two sides'],
  });
}

/** A saved model with its data and what came of them. */
export interface Evaluated {
  readonly model: LayersModel;
  readonly dataset: ImageDataset;
  readonly part: EvaluateFlags['part'];
  readonly evaluation: Evaluation;
}

/**
 * Evaluates a saved model: on the data of its run where the command line names no other, and with what its run held out where
 * that may be the same.
 *
 * @param path a saved model, or the folder of a run
 */
export async function evaluated(
  path: string,
  given: EvaluateFlags,
  command: Command,
): Promise<Evaluated> {
  const flags = { ...given, ...ofRun(path, given, command) };
  await useBackend(flags.backend, flags.threads);
  const model = await savedModel(path, 'model');
  const splits = await loadData({ ...flags, ...sizeOf(model, flags) });
  const { part, batchSize, mirror, shift } = flags;
  const dataset = splits[part];
  if (dataset.length === 0) {
    const others = parts.filter((each) => splits[each].length > 0);
    throw new Error(
      `--part: got ${part}, of which ${splits.train.name} has no pictures, takes ${others.join(', ')}`,
    );
  }
  tellOtherParts(path, flags, splits);
  const how = { batchSize, mirror, shift };
  const evaluation = await evaluateAsTrained(model, dataset, how, path);
  return { model, dataset, part, evaluation };
}

/** The flags of the data that the command line leaves to the run. */
function ofRun(path: string, given: EvaluateFlags, command: Command): Partial<DataFlags> {
  if (!['dataset', 'data'].every((key) => isDefault(command, key))) {
    // Here a seed decides nothing but what is held out.
    const isOpen = (key: string): boolean => isDefault(command, key);
    return isOpen('seed') ? heldOutAsIn(path, given, isOpen) : {};
  }
  const run = dataOfRun(path) ?? {};
  const left = Object.entries(run).filter(([key]) => isDefault(command, key));
  return Object.fromEntries(
    isDefault(command, 'seed') ? left : left.filter(([key]) => key !== 'dataSeed'),
  );
}
