import { choice, integer, optional, options, type Resolved } from '@mnet/core/options';
import { classifierInfo } from '@mnet/layers';
import type { ImageDataset } from '@mnet/data';
import { evaluate, evaluateOptions, perClassAccuracy } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Command } from 'commander';
import { loadData } from '../data/load-data.ts';
import { flagsOf } from '../flags/config-file.ts';
import { addDataFlags, dataKeys, type DataFlags } from '../flags/data.ts';
import { addFlags } from '../flags/flag.ts';
import { addOutputFlags, type OutputFlags } from '../flags/output.ts';
import { addBackendFlags, type BackendFlags, useBackend } from '../flags/backend.ts';
import { sizeOf } from '../networks/network-to-train.ts';
import { savedModel } from '../networks/saved-model.ts';
import { percent } from '../program/percent.ts';
import { textTable } from '../program/text-table.ts';
import { userPath } from '../program/user-path.ts';
import { writeJson } from '../program/write-json.ts';
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

interface Flags extends Resolved<typeof evaluationOptions>, DataFlags, BackendFlags, OutputFlags {}

/** `mnet evaluate` */
export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description('Accuracy and loss of a saved model on a part of a data set.')
    .argument('<model>', "a saved model, or the folder of a run, whose data is the flags' default");
  addFlags(command, evaluationOptions, {
    part: ['--part <name>', 'which part of the data'],
    batchSize: ['--batch-size <n>', 'images a forward pass'],
    mirror: ['--mirror', 'average the logits of each image and of its mirror image'],
    shift: ['--shift <pixels>', 'average also those of the image shifted to two sides'],
  });
  addDataFlags(command);
  return addOutputFlags(addBackendFlags(command)).action(showEvaluation);
}

async function showEvaluation(path: string, given: Flags, command: Command): Promise<void> {
  const flags = { ...given, ...ofRun(path, command) };
  await useBackend(flags.backend, flags.threads);
  const model = await savedModel(path, 'model');
  const splits = await loadData({ ...flags, ...sizeOf(model, flags) });
  const dataset = asTrained(splits[flags.part], model, path);
  const { part, batchSize, mirror, shift, json } = flags;
  const evaluation = await evaluate(model, dataset, { batchSize, mirror, shift });
  const { loss, accuracy, top5, ece, reliability, count, confusion } = evaluation;
  if (json !== undefined) {
    const ofClass = perClassAccuracy(confusion);
    const classes = dataset.classes.map((name, i) => ({
      name,
      accuracy: ofClass[i],
      count: confusion[i]?.reduce((sum, n) => sum + n, 0),
    }));
    const figures = { accuracy, ...(top5 !== undefined && { top5 }), loss, ece, count };
    return writeJson(json, {
      model: path,
      dataset: dataset.name,
      part,
      mirror,
      shift,
      ...figures,
      reliability,
      classes,
      confusion,
    });
  }
  console.log(
    textTable([
      [path, `${dataset.name}, ${part}`],
      ['images', count.toLocaleString('en')],
      ['accuracy', percent(accuracy)],
      ...(top5 === undefined ? [] : [['top-5 accuracy', percent(top5)]]),
      ['loss', loss.toFixed(4)],
      ['calibration error', percent(ece)],
    ]),
  );
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

/** Pictures as the model learned to see them, with the classes in the order of its outputs. */
function asTrained(dataset: ImageDataset, model: LayersModel, path: string): ImageDataset {
  const { classes, mean, std } = classifierInfo(model) ?? {};
  if (classes !== undefined && classes.join('\n') !== dataset.classes.join('\n')) {
    const few = (names: readonly string[]): string =>
      names.length > 5 ? `${names.slice(0, 5).join(', ')}, … (${names.length})` : names.join(', ');
    throw new Error(
      `${path}: its classes are ${few(classes)}; those of ${dataset.name} are ${few(dataset.classes)}`,
    );
  }
  return mean && std ? { ...dataset, mean, std } : dataset;
}
