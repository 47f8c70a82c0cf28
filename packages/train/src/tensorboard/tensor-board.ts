import {
  integer,
  type Given,
  optional,
  options,
  type Resolved,
  resolve,
  text,
} from '@mnet/core/options';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { nodeModules } from '@mnet/core/files';
import type { Callback, TrainEnd, TrainInfo } from '../callbacks/callback.ts';
import { eventFiles } from '../runs/event-files.ts';
import type { EpochRecord, StepRecord, TestRecord } from '../runs/run-record.ts';
import { readValues, variablesOf } from '../variables.ts';
import { EventFile } from './event-file.ts';
import { histogramOf } from './histogram.ts';
import { SESSION_END, sessionEnd, sessionStart } from './hparams.ts';
import type { SummaryValue } from './messages.ts';
import { modelSummary } from './model-summary.ts';
import { augmentedPictures, mistakenPictures } from './pictures.ts';

/** Declares {@link TensorBoardOptions}. */
export const tensorBoardOptions = options({
  /** The folder for the events; default: the run's. */
  dir: optional(text("the path of a folder, such as 'logs/first'")),
  /** Epochs from one set of histograms of the weights to the next; 0 for none. Default 1. */
  histogramsEvery: optional(integer({ min: 0 }), 1),
  /** How many training images are shown as they are augmented; 0 for none. Default 16. */
  pictures: optional(integer({ min: 0 }), 16),
});

/** Settings of {@link tensorBoard}. */
export interface TensorBoardOptions extends Given<typeof tensorBoardOptions> {}

/**
 * Writes a training's course for TensorBoard (`tensorboard --logdir runs`), as `events.out.tfevents.*` in the run's
 * folder: the figures of its steps, epochs and test as scalars, histograms of the weights after each epoch as they were
 * evaluated, training images as they are augmented and the most confident mistakes in the test as pictures, the layers and
 * the graph of the network, and the run's settings for the tab of hyperparameters. All stand at the optimizer's steps.
 *
 * A resumed run writes one more file, which takes back what came after the step that it goes on from, so that the curves
 * are those of a run that was never killed. It needs Node.js, and nothing but it: no Python.
 *
 * @throws TypeError, RangeError or Error from the training where there is no folder to write to
 * @throws FileError from the training if a file cannot be written
 */
export function tensorBoard(given: TensorBoardOptions = {}): Callback {
  return new TensorBoard(resolve(tensorBoardOptions, given, 'tensorBoard options'));
}

class TensorBoard implements Callback {
  readonly #options: Resolved<typeof tensorBoardOptions>;
  #info: TrainInfo | undefined;
  #file: EventFile | undefined;
  #step = 0;

  constructor(settings: Resolved<typeof tensorBoardOptions>) {
    this.#options = settings;
  }

  async onTrainBegin(info: TrainInfo): Promise<void> {
    const { dir = info.run, pictures } = this.#options;
    if (dir === undefined) {
      throw new Error(
        "tensorBoard: got no dir and a training without run, takes one of them, such as dir: 'logs/first'",
      );
    }
    this.#info = info;
    this.#file = undefined;
    this.#step = info.stepsDone;
    const before = eventFiles(dir);
    if (info.complete && isWhole(before)) return;
    const file = await EventFile.begin(dir);
    this.#file = file;
    const fresh = info.stepsDone === 0 || before.length === 0;
    // What stands at the very step was written before the checkpoint was. A first file has a start too: TensorBoard takes
    // the first start that it meets for no restart.
    file.write(info.stepsDone === 0 ? 0 : info.stepsDone + 1, { sessionStart: true });
    if (!fresh) return;
    const shown = pictures > 0 ? [await augmentedPictures(info, pictures)] : [];
    this.#write([sessionStart(info.config), ...modelSummary(info.model), ...shown]);
  }

  onStepRecord({ step, epoch, learningRate, loss, accuracy }: StepRecord): void {
    this.#step = step;
    this.#write(scalars('step', { loss, accuracy, learning_rate: learningRate, epoch }));
  }

  async onEpochEnd(record: EpochRecord, model: LayersModel): Promise<void> {
    const { histogramsEvery: every } = this.#options;
    this.#step = record.step;
    this.#write(epochScalars(record));
    if (every > 0 && record.epoch % every === 0) this.#write(await histograms(model));
  }

  onTrainEnd(_model: LayersModel, { test, details }: TrainEnd): void {
    if (!this.#info) return;
    const { classes } = this.#info.dataset;
    this.#write([
      ...(test ? testScalars(test) : []),
      ...mistakenPictures(details?.mistakes ?? [], classes),
    ]);
    this.#write([sessionEnd()]);
  }

  #write(values: readonly SummaryValue[]): void {
    if (values.length > 0) this.#file?.write(this.#step, { values });
  }
}

/** Whether the events of a complete run are all there, or none of it ever were. */
function isWhole(files: readonly string[]): boolean {
  const last = files.at(-1);
  return (
    last === undefined || nodeModules('tensorBoard').fs.readFileSync(last).includes(SESSION_END)
  );
}

function scalars(
  group: string,
  figures: Readonly<Record<string, number | undefined>>,
): SummaryValue[] {
  return Object.entries(figures).flatMap(([name, scalar]) => {
    return scalar === undefined ? [] : [{ tag: `${group}/${name}`, scalar }];
  });
}

function epochScalars(record: EpochRecord): SummaryValue[] {
  return [
    ...scalars('epoch', {
      loss: record.trainLoss,
      accuracy: record.trainAccuracy,
      learning_rate: record.learningRate,
    }),
    ...scalars('validation', {
      loss: record.validationLoss,
      accuracy: record.validationAccuracy,
    }),
    ...scalars('terms', record.terms ?? {}),
    ...scalars('speed', {
      seconds: record.seconds,
      validation_seconds: record.validationSeconds,
      images_per_second: record.imagesPerSecond,
    }),
  ];
}

function testScalars({ loss, accuracy, top5, ece }: TestRecord): SummaryValue[] {
  return scalars('test', { loss, accuracy, top5, ece });
}

async function histograms(model: LayersModel): Promise<SummaryValue[]> {
  const { all } = variablesOf(model);
  const values = await readValues(all);
  return all.map(({ name }, i) => {
    return { tag: `weights/${name}`, histogram: histogramOf(values[i] as Float32Array) };
  });
}
