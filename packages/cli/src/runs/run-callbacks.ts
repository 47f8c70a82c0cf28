import { type Callback, progressBar } from '@mnet/train';
import { tensorBoard } from '@mnet/train/tensorboard';
import type { TrainingFlags } from '../flags/training.ts';

/** What every training with a run folder is watched by: a progress bar, and TensorBoard's events unless they are refused. */
export function runCallbacks({ tensorboard }: Pick<TrainingFlags, 'tensorboard'>): Callback[] {
  return tensorboard ? [progressBar(), tensorBoard()] : [progressBar()];
}
