import { environment, type StepsMade } from '@mnet/train';

/** Why a training's steps were not replayed, as a line; nothing where they were, or the backend could not. */
export function replayNote({ reason }: StepsMade): string {
  const records = environment().backend === 'mnet';
  return records && reason !== undefined ? `Steps were computed, not replayed: ${reason}.\n` : '';
}
