import type { Programs } from '../../src/study/plan.ts';
import type { Program } from '../../src/run/program.ts';

/** Programs that check one key; none of them is started. */
const named = (name: string): Program => ({
  name,
  seed: 'seed',
  inputs: () => ({}),
  check({ epochs }) {
    if (typeof epochs === 'number' && epochs < 1) {
      throw new Error(`epochs: got ${epochs}, takes 1 or more`);
    }
  },
  command: () => ({ file: process.execPath, args: ['--version'] }),
});

export const programs: Programs = { train: named('train'), distill: named('distill') };
