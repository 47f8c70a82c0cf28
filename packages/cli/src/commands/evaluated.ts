import { evaluateAsTrained } from '@mnet/bench';
import { choice, integer, optional, options, type Resolved } from '@mnet/core/options';
import type { ImageDataset } from '@mnet/data';
import { type Evaluation, evaluateOptions } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Command } from 'commander';
import { loadData } from '../data/load-data.ts';
import { type BackendFlags, useBackend } from '../flags/backend.ts';
import { flagsOf } from '../flags/config-file.ts';
import { dataKeys, type DataFlags } from '../flags/data.ts';
import { addFlags } from '../flags/flag.ts';
import type { OutputFlags } from '../flags/output.ts';
import { sizeOf } from '../networks/network-to-train.ts';
import { savedModel } from '../networks/saved-model.ts';
import { userPath } from '../program/user-path.ts';
import { keptFlags } from '../runs/kept-flags.ts';

const evaluationOptions = options({
  /** Which part of the data, default `test`. */
  part: optional(choice(['test', 'validation', 'train']), 'test'),
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
 * Evaluates a saved model, on the data of its run where the command line names no other.
 *
 * @param path a saved model, or the folder of a run
 */
export async function evaluated(
  path: string,
  given: EvaluateFlags,
  command: Command,
): Promise<Evaluated> {
  const flags = { ...given, ...ofRun(path, command) };
  await useBackend(flags.backend, flags.threads);
  const model = await savedModel(path, 'model');
  const splits = await loadData({ ...flags, ...sizeOf(model, flags) });
  const { part, batchSize, mirror, shift } = flags;
  const dataset = splits[part];
  const how = { batchSize, mirror, shift };
  const evaluation = await evaluateAsTrained(model, dataset, how, path);
  return { model, dataset, part, evaluation };
}

/** The flags of the data that the run was trained on, where the command line names no others. */
function ofRun(path: string, command: Command): Partial<DataFlags> {
  const kept = keptFlags(userPath(path));
  const isDefault = (key: string): boolean => {
    const source = command.getOptionValueSource(key);
    return source === undefined || source === 'default';
  };
  if (kept === undefined || !['dataset', 'data'].every(isDefault)) return {};
  const flags = flagsOf(command);
  const own = dataKeys.filter((key) => kept[key] !== undefined && isDefault(key));
  return Object.fromEntries(own.map((key) => [key, flags.get(key)?.takes.check(kept[key], key)]));
}
