import { join } from 'node:path';
import { type ReportRun, writeReport } from '@mnet/bench';
import { modelCost } from '@mnet/models';
import { runPaths, type TrainOptions } from '@mnet/train';
import type { Command } from 'commander';
import { loadData } from '../data/load-data.ts';
import { useBackend } from '../flags/backend.ts';
import { runFolder } from '../flags/runs.ts';
import { trainOptionsOf } from '../flags/training.ts';
import { interruptSignal } from '../program/interrupt.ts';
import { writeJson } from '../program/write-json.ts';
import { keepFlags, sayHowToGoOn } from '../runs/kept-flags.ts';
import { runCallbacks } from '../runs/run-callbacks.ts';
import type { Trained } from './arm.ts';
import type { Experiment } from './experiment.ts';
import type { ExperimentFlags } from './experiment-flags.ts';
import { folderOf, type Job, jobsOf } from './jobs.ts';
import { type ArmResult, armResult, armTable } from './results.ts';

/** Trains all that an experiment compares, and writes its table and its report. */
export async function runArms(
  experiment: Experiment,
  flags: ExperimentFlags,
  command: Command,
): Promise<void> {
  const jobs = jobsOf(experiment.arms, flags);
  trainOptionsOf(flags);
  const folders = jobs.flatMap(({ folder }) => (folder === '' ? [] : [folder]));
  const dir = runFolder(flags, folders);
  const signal = interruptSignal();
  try {
    await useBackend(flags.backend, flags.threads);
    const data = await loadData(flags, signal);
    const results: ArmResult[] = [];
    const runs: ReportRun[] = [];
    // Those of one width and seed: a later arm may take what an earlier one has left.
    let together = new Map<string, Trained>();
    let place = '';
    for (const [i, job] of jobs.entries()) {
      const { arm, width, seed } = job;
      if (place !== `${width} ${seed}`) {
        for (const { model } of together.values()) model.dispose();
        [together, place] = [new Map(), `${width} ${seed}`];
      }
      if (jobs.length > 1) console.log(`\n${titleOf(job)} (${i + 1} of ${jobs.length})`);
      const own = { ...flags, width, seed };
      const callbacks = [keepFlags(dir, command), ...runCallbacks(flags)];
      const options = { ...optionsOf(own, signal), run: folderOf(dir, job), callbacks };
      const trained = await arm.train({ flags: own, data, options, earlier: taker(together) });
      together.set(arm.name, trained);
      const cost = modelCost(trained.model);
      results.push(armResult(job, trained.record, cost));
      runs.push({ ...trained.record, name: titleOf(job), macs: cost.macs });
      // Also of what is not all of it yet, so that a long experiment can be looked at.
      await writeJson(join(dir, 'results.json'), { experiment: experiment.name, results });
      const title = `${experiment.name} on ${data.train.name}`;
      writeReport(runPaths(dir).report, runs, { title });
    }
    console.log(`\n${armTable(results, experiment.published)}\n`);
    console.log(`results: ${join(dir, 'results.json')}\nreport:  ${runPaths(dir).report}`);
  } catch (error) {
    if (signal.aborted) sayHowToGoOn(dir, command, `npm start -w examples/${experiment.name} --`);
    throw error;
  }
}

function optionsOf(flags: ExperimentFlags, signal: AbortSignal): TrainOptions {
  const { resume, overwrite, allowOtherBuild, labelSmoothing } = flags;
  return {
    ...trainOptionsOf(flags),
    ...(labelSmoothing > 0 && { labelSmoothing }),
    resume,
    overwrite,
    allowOtherBuild,
    signal,
  };
}

function taker(together: ReadonlyMap<string, Trained>): (arm: string) => Trained {
  return (arm) => {
    const trained = together.get(arm);
    if (trained) return trained;
    throw new Error(
      `${arm}: it is no arm before this one, which are ${[...together.keys()].join(', ')}`,
    );
  };
}

function titleOf({ arm, width, seed, folder }: Job): string {
  return folder === '' ? `${arm.name} ×${width}` : `${arm.name} ×${width}, seed ${seed}`;
}
