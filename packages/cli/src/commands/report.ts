import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ReportRun, writeReport } from '@mnet/bench';
import { optional, options, type Resolved, text } from '@mnet/core/options';
import { modelCost } from '@mnet/models';
import { runPaths } from '@mnet/train';
import { Command } from 'commander';
import { experimentReport } from '../experiments/experiment-report.ts';
import { useBackend } from '../flags/backend.ts';
import { addFlags } from '../flags/flag.ts';
import { savedModel } from '../networks/saved-model.ts';
import { userPath } from '../program/user-path.ts';
import { type FolderRun, readRuns } from '../runs/read-runs.ts';
import { groupedBySeed } from '../runs/seed-groups.ts';

const reportOptions = options({
  /** Where the page is written; left out: `report.html` in the folder, where one is named. */
  output: optional(text('the path of a file, such as report.html')),
  /** The page's heading; left out: the names of the folders. */
  title: optional(text('a heading')),
});

/** `mnet report` */
export function reportCommand(): Command {
  const command = new Command('report')
    .description(
      'Writes the report of runs again, or one of several. Those that differ by their seed alone are shown as their mean, with bands.',
    )
    .argument('<runs...>', 'folders of runs, or of an experiment');
  addFlags(command, reportOptions, {
    output: [
      '--output <file>',
      'where the page is written (default: report.html in the folder, where one is named)',
      { path: true },
    ],
    title: ['--title <text>', "the page's heading (default: the names of the folders)"],
  });
  return command.action(report);
}

async function report(
  paths: readonly string[],
  { output, title }: Resolved<typeof reportOptions>,
): Promise<void> {
  const file = outputOf(paths, output);
  const [only = '', ...others] = paths;
  const whole = others.length === 0 ? experimentReport(userPath(only)) : undefined;
  const named =
    title ?? whole?.title ?? paths.map((path) => basename(userPath(path))).join(' and ');
  const runs = whole?.runs ?? groupedBySeed(await runsOf(paths));
  writeReport(file, runs, { title: named, ...(whole && { published: whole.published }) });
  console.log(`report: ${file}`);
}

async function runsOf(paths: readonly string[]): Promise<ReportRun[]> {
  await useBackend('cpu');
  const runs: ReportRun[] = [];
  for (const each of readRuns(paths)) runs.push(await withCost(each));
  return runs;
}

function outputOf(paths: readonly string[], output: string | undefined): string {
  if (output !== undefined) return userPath(output);
  const [path, ...others] = paths;
  if (path === undefined || others.length > 0) {
    throw new Error(
      '--output: it is left out, takes the path of a file for a page of several runs',
    );
  }
  return runPaths(userPath(path)).report;
}

/** Of a run that has left its model, what that costs. */
async function withCost({ folder, run }: FolderRun): Promise<ReportRun> {
  if (!existsSync(join(runPaths(folder).model, 'model.json'))) return run;
  const model = await savedModel(folder, 'runs');
  const { macs, params } = modelCost(model);
  model.dispose();
  return { ...run, macs, params };
}
