import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '@mnet/core/files';
import type { Callback, RunRecord } from '@mnet/train';

/** Seconds since this process was started. */
export function sinceStart(): number {
  return performance.now() / 1000;
}

/** What a training has taken, or why that is not known. */
export type Taken = number | 'not timed: resumed';

/** Kept in the run's folder, so that a complete run that is given back has its time. */
interface Kept {
  /** When the run was begun, ISO 8601: a folder may be used again. */
  readonly run: string;
  readonly seconds: Taken;
}

const fileIn = (run: string): string => join(run, 'seconds.json');

/** Times one training from its process's start until its test accuracy is known. */
export class Clock implements Callback {
  #earlier = false;
  #complete = false;
  #end = Number.NaN;

  /** A run that an earlier process has made steps of has no time. */
  onTrainBegin({ stepsDone, complete }: { stepsDone: number; complete: boolean }): void {
    this.#earlier = stepsDone > 0;
    this.#complete = complete;
  }

  /** The test images are evaluated by now. */
  onTrainEnd(): void {
    this.#end = sinceStart();
  }

  /**
   * What the training has taken, also that of an earlier process, where it was whole.
   *
   * @param run its folder
   */
  async taken(run: string, { date }: Pick<RunRecord, 'date'>): Promise<Taken> {
    if (this.#complete) return keptIn(run, date) ?? 'not timed: resumed';
    const seconds = this.#earlier ? 'not timed: resumed' : Number(this.#end.toFixed(2));
    await writeWhole(fileIn(run), `${JSON.stringify({ run: date, seconds } satisfies Kept)}\n`);
    return seconds;
  }
}

function keptIn(run: string, date: string): Taken | undefined {
  if (!existsSync(fileIn(run))) return undefined;
  const kept = JSON.parse(readFileSync(fileIn(run), 'utf8')) as Kept;
  return kept.run === date ? kept.seconds : undefined;
}
