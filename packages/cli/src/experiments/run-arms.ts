import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Splits } from '@mnet/data';
import { runPaths, TrainingDivergedError, type TrainOptions } from '@mnet/train';
import type { Command } from 'commander';
import { loadData } from '../data/load-data.ts';
import { useBackend } from '../flags/backend.ts';
import { runFolder } from '../flags/runs.ts';
import { trainOptionsOf } from '../flags/training.ts';
import { interruptSignal } from '../program/interrupt.ts';
import { SomeDivergedError } from '../program/run-program.ts';
import { keepFlags, sayHowToGoOn } from '../runs/kept-flags.ts';
import { runCallbacks } from '../runs/run-callbacks.ts';
import { armTable } from './arm-table.ts';
import { onlyChecks } from './check-flag.ts';
import type { Experiment } from './experiment.ts';
import type { ExperimentFlags } from './experiment-flags.ts';
import { folderOf, type Job, jobsOf, namesOf, titleOf } from './jobs.ts';
import { EarlierDivergedError, ModelsInUse } from './models-in-use.ts';
import { Outcomes } from './outcomes.ts';
import { checkResumed } from './resumed.ts';
import type { Published } from './results.ts';
import { resultsFile } from './results-file.ts';
import { firstOf, isReplaced, startOf } from './started.ts';
import { widthPage } from './width-page.ts';

/** Trains all that an experiment compares, and writes its table and its report. */
export async function runArms<Own>(
  experiment: Experiment<Own>,
  flags: ExperimentFlags & Own,
  command: Command,
): Promise<void> {
  const jobs = checkedJobs(experiment, flags);
  if (onlyChecks(command)) return;
  const folders = jobs.flatMap(({ folder }) => (folder === '' ? [] : [folder]));
  const dir = runFolder(flags, folders);
  if (flags.resume) checkResumed(dir, experiment, command);
  const signal = interruptSignal();
  try {
    await useBackend(flags.backend, flags.threads);
    const data = await loadData(flags, signal);
    const published = publishedFor(experiment, flags);
    const { results, diverged } = await trainAll(
      { experiment, flags, command, data, dir, signal },
      jobs,
      published,
    );
    console.log(`\n${armTable(results, published, experiment.baseline)}\n`);
    console.log(`results: ${resultsFile(dir)}\nreport:  ${runPaths(dir).report}`);
    if (existsSync(widthPage(dir))) console.log(`widths:  ${widthPage(dir)}`);
    if (diverged.length > 0) {
      throw new SomeDivergedError(
        `${diverged.length} of ${jobs.length} trainings diverged: ${diverged.map(titleOf).join('; ')}; try a lower --lr${takesClipping(jobs, flags) ? ' or --clip-norm 1' : ''}`,
      );
    }
  } catch (error) {
    if (signal.aborted) sayHowToGoOn(dir, command, `npm start -w examples/${experiment.name} --`);
    throw error;
  }
}

/** The trainings, where the flags fit all of them. */
function checkedJobs<Own>({ arms }: Experiment<Own>, flags: ExperimentFlags & Own): Job<Own>[] {
  trainOptionsOf(flags);
  const several = typeof arms === 'function' || arms.length > 1;
  const jobs = jobsOf(typeof arms === 'function' ? arms(flags) : arms, flags, several);
  for (const job of jobs) job.arm.check?.(flagsFor(job, flags));
  return jobs;
}

/** Whether gradients may be clipped in all of the trainings: an arm may refuse it. */
function takesClipping<Own>(jobs: readonly Job<Own>[], flags: ExperimentFlags & Own): boolean {
  try {
    for (const job of jobs) job.arm.check?.({ ...flagsFor(job, flags), clipNorm: 1 });
    return true;
  } catch {
    return false;
  }
}

/** One call of an experiment. */
interface Course<Own> {
  readonly experiment: Experiment<Own>;
  readonly flags: ExperimentFlags & Own;
  readonly command: Command;
  readonly data: Splits;
  readonly dir: string;
  readonly signal: AbortSignal;
}

async function trainAll<Own>(
  { experiment, flags, command, data, dir, signal }: Course<Own>,
  jobs: readonly Job<Own>[],
  published: readonly Published[],
): Promise<Outcomes> {
  const runs = jobs.map((job) => folderOf(dir, job));
  // One that was stopped in its first training has no results yet, which would say when it was begun.
  const kept = flags.resume ? startOf(dir) : undefined;
  const begun = kept?.started ?? (flags.resume ? firstOf(runs) : undefined);
  const started = begun ?? new Date().toISOString();
  const replaces = flags.overwrite ? started : kept?.replaces;
  const { name, baseline } = experiment;
  const outcomes = new Outcomes(dir, {
    experiment: name,
    started,
    ...(replaces !== undefined && { replaces }),
    dataset: data.train.name,
    ...(baseline !== undefined && { baseline }),
    published,
  });
  // From here on what is there counts as replaced, also for one that goes on after a kill.
  if (flags.overwrite) await outcomes.writeResults();
  const models = new ModelsInUse();
  for (const [i, job] of jobs.entries()) {
    models.release(jobs.slice(i));
    const title = titleOf(namesOf(job));
    if (jobs.length > 1) console.log(`\n${title} (${i + 1} of ${jobs.length})`);
    const ofJob = flagsFor(job, flags);
    const run = folderOf(dir, job);
    const callbacks = [keepFlags(dir, command, true), ...runCallbacks(flags)];
    const anew = flags.resume && isReplaced(run, replaces) && { resume: false, overwrite: true };
    const options = { ...optionsOf(ofJob, signal), ...anew, run, callbacks };
    const earlier = models.taker(job);
    try {
      const trained = await job.arm.train({ flags: ofJob, data, options, earlier });
      models.keep(job, { ...trained, run });
      outcomes.add(job, trained);
    } catch (error) {
      // Long trainings of others shall not wait for one that another rate would save.
      if (!isDivergence(error)) throw error;
      console.error(`error: ${title}: ${error.message}`);
      models.lose(job);
      outcomes.addDiverged(job);
    }
    // Also of what is not all of it yet, so that a long experiment can be looked at.
    await outcomes.writeResults();
    outcomes.writePages();
  }
  return outcomes;
}

function isDivergence(error: unknown): error is Error {
  return error instanceof TrainingDivergedError || error instanceof EarlierDivergedError;
}

/** The flags of one training. */
function flagsFor<Own>({ width, seed }: Job<Own>, flags: ExperimentFlags & Own): typeof flags {
  return { ...flags, width, seed };
}

/** What others report, unless that is of other data or of other strides. */
function publishedFor<Own>(
  { published = [], defaults, defaultsFor }: Experiment<Own>,
  flags: ExperimentFlags & Own,
): readonly Published[] {
  const { dataset = 'cifar10', strides } = { ...defaults, ...defaultsFor?.(flags) };
  const isTheirs =
    flags.data === undefined &&
    flags.dataset === dataset &&
    isDeepStrictEqual(flags.strides, strides);
  return isTheirs ? published : [];
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
