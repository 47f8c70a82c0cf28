import type { Config } from '../../../src/config.ts';
import type { Trial } from '../../../src/search/search.ts';
import type { PlannedRun } from '../../../src/study/plan.ts';

/** The run of a trial: a toy. */
export function trialOf(lives: string): (trial: Trial) => PlannedRun {
  return ({ number, values }) => {
    const id = `trial-${number}`;
    const config: Config = { id, lives, epochs: 3, milliseconds: 20, rate: values.rate ?? 0 };
    return { id, stage: '', program: 'toy', config, values, needs: [] };
  };
}
