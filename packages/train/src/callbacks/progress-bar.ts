import type { SingleBar } from 'cli-progress';
import {
  boolean,
  custom,
  type Given,
  number,
  optional,
  options,
  resolve,
} from '@mnet/core/options';
import type { EpochRecord } from '../runs/run-record.ts';
import type { Callback, ProgressInfo, StepInfo, TrainInfo } from './callback.ts';

/** Where progress goes; every stream of Node.js will do. */
export interface ProgressStream {
  /** Writes a text as it is. */
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

const progressBarOptions = options({
  /** Default: standard output; in a browser the console. */
  stream: optional(custom<ProgressStream>('a stream, an object with write(text)', isStream)),
  /** A bar that redraws itself; default: if the stream is a terminal that can. Otherwise plain lines are written. */
  bar: optional(boolean()),
  /** Seconds between two plain lines within an epoch; default 10. */
  interval: optional(number({ min: 0 }), 10),
});

/** Settings of {@link progressBar}. */
export interface ProgressBarOptions extends Given<typeof progressBarOptions> {}

/**
 * Shows a training's progress: images per second, loss, accuracy and the time that is left. On a terminal it is one
 * line that redraws itself, without colours; elsewhere, as in a log file, it is a plain line now and then. Either
 * way each epoch leaves one line.
 */
export function progressBar(given: ProgressBarOptions = {}): Callback {
  const settings = resolve(progressBarOptions, given, 'progressBar options');
  const { stream = standardOutput(), interval } = settings;
  const { bar = stream.isTTY === true && globalThis.process?.env.TERM !== 'dumb' } = settings;
  return new ProgressBar(stream, bar, interval * 1000);
}

class ProgressBar implements Callback {
  readonly #stream: ProgressStream;
  readonly #redraws: boolean;
  readonly #interval: number;
  #SingleBar: typeof SingleBar | undefined;
  #bar: SingleBar | undefined;
  /** What the bar or the last plain line was about. */
  #subject = '';
  #lastLine = 0;
  #train: TrainInfo | undefined;
  #secondsLeft = 0;

  constructor(stream: ProgressStream, redraws: boolean, interval: number) {
    this.#stream = stream;
    this.#redraws = redraws;
    this.#interval = interval;
  }

  async onTrainBegin(info: TrainInfo): Promise<void> {
    this.#train = info;
    this.#lastLine = Date.now();
    if (this.#redraws) this.#SingleBar = await loadBar();
    const { model, epochs, stepsPerEpoch, steps, batchSize, images, epochsDone } = info;
    const all = steps < epochs * stepsPerEpoch ? `, ${steps} in all` : '';
    const done = epochsDone > 0 ? `, ${epochsDone} of them done` : '';
    this.#print(
      `training ${model.name} on ${images} images: ${epochs} epochs of ${stepsPerEpoch} steps of ${batchSize}${all}${done}`,
    );
  }

  onStepEnd(info: StepInfo): void {
    const { epochs = 0, stepsPerEpoch = 0, steps = 0 } = this.#train ?? {};
    const ofEpoch = Math.min(stepsPerEpoch, steps - (info.epoch - 1) * stepsPerEpoch);
    this.#secondsLeft = info.secondsLeft;
    const detail = [
      `${Math.round(info.imagesPerSecond)} img/s`,
      `${duration(info.secondsLeft)} left`,
      `loss ${info.loss.toFixed(3)}`,
      `acc ${percent(info.accuracy)}`,
    ].join('  ');
    this.#show(`epoch ${info.epoch}/${epochs}`, info.step, ofEpoch, detail);
  }

  onProgress({ task, done, total }: ProgressInfo): void {
    this.#show(task, done, total, `${done}/${total} images`);
    // A task says nothing of its end but that all is done; the steps' bar is put up anew after it.
    if (done === total) this.#stop();
  }

  onEpochEnd(record: EpochRecord): void {
    this.#stop();
    const { epochs = 0 } = this.#train ?? {};
    const parts = [
      `epoch ${record.epoch}/${epochs}`,
      `train loss ${record.trainLoss.toFixed(4)} acc ${percent(record.trainAccuracy)}`,
    ];
    if (record.validationLoss !== undefined && record.validationAccuracy !== undefined) {
      const accuracy = percent(record.validationAccuracy);
      parts.push(`validation loss ${record.validationLoss.toFixed(4)} acc ${accuracy}`);
    }
    parts.push(`lr ${Number(record.learningRate.toPrecision(3))}`);
    parts.push(`${Math.round(record.imagesPerSecond)} img/s`);
    parts.push(`${record.seconds.toFixed(1)} s`);
    if (record.epoch < epochs) parts.push(`${duration(this.#secondsLeft)} left`);
    this.#print(parts.join('  '));
  }

  onTrainEnd(): void {
    this.#stop();
  }

  onError(): void {
    this.#stop();
  }

  #show(subject: string, done: number, total: number, detail: string): void {
    if (this.#SingleBar) {
      if (!this.#bar || subject !== this.#subject) this.#start(this.#SingleBar, subject, total);
      this.#bar?.update(done, { detail });
      return;
    }
    this.#subject = subject;
    if (Date.now() - this.#lastLine < this.#interval) return;
    this.#print(`${subject}  ${percent(done / total)}  ${detail}`);
  }

  #start(Bar: typeof SingleBar, subject: string, total: number): void {
    this.#stop();
    this.#subject = subject;
    this.#bar = new Bar({
      stream: this.#stream as NodeJS.WritableStream,
      format: `${subject} [{bar}] {percentage}%  {detail}`,
      barsize: 20,
      clearOnComplete: true,
      // Lines are cut to the terminal's width; the other way switches wrapping off, and a kill would leave it off.
      linewrap: true,
    });
    this.#bar.start(total, 0, { detail: '' });
  }

  #stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  #print(line: string): void {
    this.#stop();
    this.#stream.write(`${line}\n`);
    this.#lastLine = Date.now();
  }
}

/** Loads cli-progress where a bar is drawn, so that bundles for the browser need not contain it. */
async function loadBar(): Promise<typeof SingleBar> {
  const name = 'cli-progress';
  // A name in a variable is nothing that a bundler resolves.
  const module = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
  return (module.default ?? module).SingleBar;
}

function isStream(value: unknown): boolean {
  return typeof (value as Partial<ProgressStream> | null)?.write === 'function';
}

function standardOutput(): ProgressStream {
  if (globalThis.process?.stdout) return process.stdout;
  return { write: (text) => console.log(text.trimEnd()) };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

/** Seconds as m:ss or h:mm:ss. */
function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (n: number): string => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
