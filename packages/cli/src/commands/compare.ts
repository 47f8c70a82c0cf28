import { configDifferences, writeReport } from '@mnet/bench';
import { textTable } from '@mnet/bench/results';
import { optional, options, type Resolved, text } from '@mnet/core/options';
import type { RunRecord } from '@mnet/train';
import { Command } from 'commander';
import { addFlags } from '../flags/flag.ts';
import { addOutputFlags, type OutputFlags } from '../flags/output.ts';
import { percent } from '../program/percent.ts';
import { userPath } from '../program/user-path.ts';
import { writeJson } from '../program/write-json.ts';
import { readRuns } from '../runs/read-runs.ts';
import { groupedBySeed } from '../runs/seed-groups.ts';

const compareOptions = options({
  /** Where a page with all curves over each other is written; left out: nowhere. */
  report: optional(text('the path of a file, such as compare.html')),
});

interface Flags extends Resolved<typeof compareOptions>, OutputFlags {}

/** `mnet compare` */
export function compareCommand(): Command {
  const command = new Command('compare')
    .description('What runs have reached, and in which settings they differ.')
    .argument('<runs...>', 'folders of runs, such as runs/a runs/b');
  addFlags(command, compareOptions, {
    report: ['--report <file>', 'write a page with their curves over each other', { path: true }],
  });
  return addOutputFlags(command).action(compare);
}

async function compare(paths: readonly string[], { report, json }: Flags): Promise<void> {
  const runs = readRuns(paths).map(({ run }) => run);
  const differences = configDifferences(runs);
  if (report !== undefined) {
    writeReport(userPath(report), groupedBySeed(runs), {
      title: runs.map(({ name }) => name).join(' and '),
    });
  }
  if (json !== undefined) return writeJson(json, { runs: runs.map(figures), differences });
  console.log(runsTable(runs));
  if (runs.length > 1) console.log(`\n${differencesTable(runs, differences)}`);
  if (report !== undefined) console.log(`\nreport: ${userPath(report)}`);
}

/** What a run has reached. Accuracies are from 0 to 1. */
function figures({ name, model, status, epochs, best, test, seconds }: RunRecord) {
  return {
    name,
    network: model.name,
    status,
    parameters: model.trainableParameters,
    epochs: epochs.length,
    ...(best?.validationAccuracy !== undefined && {
      bestEpoch: best.epoch,
      validationAccuracy: best.validationAccuracy,
    }),
    ...(test && { testAccuracy: test.accuracy, testLoss: test.loss }),
    seconds: Number(seconds.toFixed(1)),
  };
}

function runsTable(runs: readonly RunRecord[]): string {
  const rows = runs
    .map(figures)
    .map((row) => [
      row.name,
      row.network,
      row.status,
      row.parameters.toLocaleString('en'),
      String(row.epochs),
      percent(row.validationAccuracy),
      row.bestEpoch === undefined ? '–' : String(row.bestEpoch),
      percent(row.testAccuracy),
      row.seconds.toFixed(1),
    ]);
  const header = ['', 'network', 'status', 'params', 'epochs', 'validation', 'in epoch', 'test'];
  return textTable([[...header, 'seconds'], ...rows]);
}

function differencesTable(
  runs: readonly RunRecord[],
  differences: ReturnType<typeof configDifferences>,
): string {
  if (differences.length === 0) return 'Their settings are the same.';
  return textTable([
    ['', ...runs.map(({ name }) => name)],
    ...differences.map(({ key, values }) => [key, ...values.map((value) => value ?? '–')]),
  ]);
}
