import { show } from '@mnet/core/check';
import { nodeModules } from '@mnet/core/files';

/** The files of a run folder, by what they hold. */
export interface RunPaths {
  /** {@link RunConfig}, written when the run starts. */
  readonly config: string;
  /** One JSON object a line: start, resume, step, epoch, end, summary. */
  readonly log: string;
  /** One row an epoch. */
  readonly metrics: string;
  /** {@link TestDetails}, written when the run is complete. */
  readonly test: string;
  /** Written by whoever makes a report of the run. */
  readonly report: string;
  /** model.json and its weights, for `tf.loadLayersModel(fileSystem(folder))`. */
  readonly model: string;
  /** The final weights of a complete run. */
  readonly checkpoint: string;
  /** The folder of what a killed run goes on from: `epoch-0003-step-000412.safetensors`, the last few of them. */
  readonly checkpoints: string;
}

/** The paths of a run folder's files, whether they exist or not. */
export function runPaths(dir: string): RunPaths {
  if (typeof dir !== 'string' || dir === '') {
    throw new TypeError(`run: got ${show(dir)}, takes the path of a folder, such as 'runs/first'`);
  }
  const { path } = nodeModules('run');
  return {
    config: path.join(dir, 'config.json'),
    log: path.join(dir, 'log.jsonl'),
    metrics: path.join(dir, 'metrics.csv'),
    test: path.join(dir, 'test.json'),
    report: path.join(dir, 'report.html'),
    model: path.join(dir, 'model'),
    checkpoint: path.join(dir, 'checkpoint.safetensors'),
    checkpoints: path.join(dir, 'checkpoints'),
  };
}
