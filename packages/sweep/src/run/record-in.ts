import { type RunRecord, readRun } from '@mnet/train';

/** Whether a run has come to its end. */
export function isComplete({ status }: Pick<RunRecord, 'status'>): boolean {
  return status === 'finished' || status === 'stopped-early';
}

/** What a folder holds of a run; undefined where it holds none that can be read. */
export function recordIn(folder: string): RunRecord | undefined {
  try {
    return readRun(folder);
  } catch {
    return undefined;
  }
}
