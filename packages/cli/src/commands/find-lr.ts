import { join } from 'node:path';
import { writePage } from '@mnet/bench';
import { textTable } from '@mnet/bench/results';
import { optional, options, pick, type Resolved } from '@mnet/core/options';
import { findLearningRate, findLearningRateOptions, type LearningRateRange } from '@mnet/train';
import { Command } from 'commander';
import { augmentationFlags, augmentationOptions, augmentOf } from '../flags/augmentation.ts';
import { stepProgress } from '../data/load-progress.ts';
import { addBackendFlags, type BackendFlags, useBackend } from '../flags/backend.ts';
import { addConfigFlag } from '../flags/config-file.ts';
import { addDataFlags } from '../flags/data.ts';
import { refuseIdle } from '../flags/idle.ts';
import { addFlags } from '../flags/flag.ts';
import { optimizerFlags, optimizerOf, optimizerOptions } from '../flags/optimizer.ts';
import { addResultFlags, type ResultFlags, resultFolder } from '../flags/runs.ts';
import {
  addTrainedNetworkFlags,
  networkToTrain,
  type TrainedNetworkFlags,
} from '../networks/network-to-train.ts';
import { interruptSignal } from '../program/interrupt.ts';
import { writeJson } from '../program/write-json.ts';
import { lrPage } from './lr-page.ts';

const { lr: _lr, ...ofOptimizer } = optimizerOptions.fields;
const { lr: _flag, ...flagsOfOptimizer } = optimizerFlags;
const { from, to, steps, batchSize, labelSmoothing } = findLearningRateOptions.fields;

const testOptions = options({
  /** The rate of the first step, default 1e-6. */
  from,
  /** The rate of the last step, default 1. */
  to,
  /** Steps at most, default 100. */
  steps,
  /** Images a step, default 128. */
  batchSize,
  ...ofOptimizer,
  ...augmentationOptions.fields,
  /** ε of the cross-entropy, default 0. */
  labelSmoothing: optional(labelSmoothing.takes, 0),
});

interface Flags
  extends TrainedNetworkFlags,
    Resolved<typeof testOptions>,
    ResultFlags,
    BackendFlags {}

/** `mnet find-lr` */
export function findLrCommand(): Command {
  const command = new Command('find-lr').description(
    'Looks for the learning rate to begin with: trains some steps with a rising rate, and looks where the loss falls most steeply. Writes RUNS/NAME/{lr.json, lr.html}.',
  );
  addTrainedNetworkFlags(command);
  addDataFlags(command);
  addFlags(command, testOptions, {
    from: ['--from <rate>', 'rate of the first step'],
    to: ['--to <rate>', 'rate of the last step'],
    steps: ['--steps <n>', 'steps, fewer where the loss diverges'],
    batchSize: ['--batch-size <n>', 'images a step'],
    ...flagsOfOptimizer,
    ...augmentationFlags,
    labelSmoothing: ['--label-smoothing <share>', 'ε of the cross-entropy'],
  });
  addResultFlags(command, 'find-lr');
  return addConfigFlag(addBackendFlags(refuseIdle(command))).action(findLr);
}

async function findLr(flags: Flags, command: Command): Promise<void> {
  const optimizer = optimizerOf({ ...flags, lr: undefined });
  const augment = augmentOf(flags);
  const dir = resultFolder(flags, 'lr.json');
  const signal = interruptSignal();
  await useBackend(flags.backend, flags.threads);
  const { model, data } = await networkToTrain(flags, signal, command);
  const range = await findLearningRate(model, data.train, {
    ...pick(options({ from, to, steps, batchSize }), flags),
    labelSmoothing: flags.labelSmoothing,
    seed: flags.seed,
    optimizer,
    ...(augment && { augment }),
    signal,
    onProgress: stepProgress(),
  });
  console.log(`${rangeTable(range)}\n`);
  console.log(advice(range));
  const { batchSize: batch, seed } = flags;
  const about = { network: model.name, dataset: data.train.name };
  const settings = { optimizer: optimizer.config, batchSize: batch, seed };
  await writeJson(join(dir, 'lr.json'), { ...about, ...settings, ...range });
  writePage(join(dir, 'lr.html'), lrPage(range, `${model.name} on ${data.train.name}`));
  console.log(`results: ${join(dir, 'lr.json')}\nplot:    ${join(dir, 'lr.html')}`);
}

/** Of so many rows people see the curve; `lr.json` has all points. */
const rows = 12;

function rangeTable({ points }: LearningRateRange): string {
  const every = Math.max(1, Math.ceil(points.length / rows));
  const shown = points.filter((_, i) => i % every === 0 || i === points.length - 1);
  return textTable([
    ['learning rate', 'loss', 'smoothed'],
    ...shown.map(({ rate, loss, smoothed }) => [
      rate.toPrecision(3),
      loss.toFixed(4),
      smoothed.toFixed(4),
    ]),
  ]);
}

function advice({ suggestion }: LearningRateRange): string {
  return suggestion === undefined
    ? 'the loss falls nowhere: try other rates with --from and --to, or more --steps'
    : `suggestion: --lr ${suggestion.toPrecision(2)}, where the loss falls most steeply; where the curve is flat, that is chance`;
}
