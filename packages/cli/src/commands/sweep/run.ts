import { Command } from 'commander';
import { addSweepRunFlags, type SweepRunFlags } from '../../sweep/run-flags.ts';

/** `mnet sweep run` */
export function sweepRunCommand(): Command {
  const command = new Command('run')
    .description(
      'Makes the runs of a study: here, each as a process of its own, or by the workers of a queue. Writes RUNS/STUDY/{study.json, journal.jsonl, report.html} and a folder for each run.',
    )
    .argument('<study>', "a study's file: TypeScript, JavaScript or JSON");
  return addSweepRunFlags(command).action(
    async (path: string, flags: SweepRunFlags, called: Command) => {
      // What other commands have no use for is loaded when it is needed.
      const { runSweep } = await import('../../sweep/run-sweep.ts');
      await runSweep(path, flags, called);
    },
  );
}
