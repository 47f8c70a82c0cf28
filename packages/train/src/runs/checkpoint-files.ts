import { nodeModules, targetOfTemporary } from '@mnet/core/files';
import type { TrainingProgress } from './checkpoint.ts';
import type { RunPaths } from './run-paths.ts';

// A checkpoint is named for what is done: the epochs, and the steps of all of them, as a log counts them. Both are needed:
// an epoch may have all of its steps and not yet be evaluated.

const NAME = /^epoch-(\d+)-step-(\d+)\.safetensors$/;

/** The file of a checkpoint, such as `checkpoints/epoch-0003-step-000412.safetensors`: 3 epochs and 412 steps are done. */
export function checkpointFile(
  { checkpoints }: RunPaths,
  { epoch, step, history }: Pick<TrainingProgress, 'epoch' | 'step' | 'history'>,
): string {
  const steps = (history.at(-1)?.step ?? 0) + step;
  const numbers = `epoch-${String(epoch).padStart(4, '0')}-step-${String(steps).padStart(6, '0')}`;
  return nodeModules('run').path.join(checkpoints, `${numbers}.safetensors`);
}

/**
 * The checkpoints of a run that a training goes on from, the last one at the end. Versions before this one kept a single
 * one, where a complete run has its final weights: it is the oldest.
 */
export function checkpointFiles({ checkpoint, checkpoints }: RunPaths): string[] {
  const { fs, path } = nodeModules('run');
  const old = fs.existsSync(checkpoint) ? [checkpoint] : [];
  const found = namesIn(checkpoints).flatMap((name) => {
    const [, epoch, steps] = NAME.exec(name) ?? [];
    return epoch ? [{ name, epoch: Number(epoch), steps: Number(steps) }] : [];
  });
  // By their numbers: a name grows where they have more digits than it has room for.
  found.sort((a, b) => a.epoch - b.epoch || a.steps - b.steps);
  return [...old, ...found.map(({ name }) => path.join(checkpoints, name))];
}

/** Removes all but the last checkpoints. */
export function removeOldCheckpoints(paths: RunPaths, keep: number): void {
  const { fs } = nodeModules('run');
  for (const file of checkpointFiles(paths).slice(0, -keep)) fs.rmSync(file, { force: true });
}

/** Removes what a process that was killed while writing left of checkpoints. */
export function removeUnfinishedCheckpoints({ checkpoints }: RunPaths): void {
  const { fs, path } = nodeModules('run');
  for (const name of namesIn(checkpoints)) {
    if (NAME.test(targetOfTemporary(name) ?? '')) fs.rmSync(path.join(checkpoints, name));
  }
}

function namesIn(folder: string): string[] {
  const { fs } = nodeModules('run');
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}
