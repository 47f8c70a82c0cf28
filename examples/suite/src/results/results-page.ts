import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Figure, seconds, writeChart } from '@mnet/bench';
import { armRows, differencesTo, meanPercent, publishedOf, resultGroups, titleOf } from '@mnet/cli';
import { writeWholeSync } from '@mnet/core/files';
import { accuracyAgainstCost, courseByEpoch } from '../charts.ts';
import { type Row, rows } from './catalogue.ts';
import { kept, type Outcome } from './kept.ts';
import { pairedTest } from './paired-test.ts';
import { paritiesIn, parityChart, parityTable } from './parity.ts';
import { trialsTable } from './trials.ts';

/** A row, and what was kept of it. */
export interface KeptRow {
  readonly row: Row;
  readonly outcome: Outcome;
}

/** The rows of which something was kept, in their order. */
export function keptRows(folder: string): KeptRow[] {
  return rows.flatMap((row): KeptRow[] => {
    const outcome = kept(join(folder, row.name));
    return outcome === undefined ? [] : [{ row, outcome }];
  });
}

/** Writes the page of all results, README.md in their folder, and its plots, of what was kept there alone. */
export function writeResultsPage(folder: string): void {
  const all = keptRows(folder);
  const results = all.filter(({ row }) => row.purpose === undefined);
  // Drawn pictures say nothing of accuracy.
  const real = results.flatMap(({ outcome }) =>
    outcome.dataset.startsWith('CIFAR') ? outcome : [],
  );
  const plots = join(folder, 'plots');
  rmSync(plots, { recursive: true, force: true });
  const shown = (name: string, figure: Figure): string => {
    writeChart(join(plots, `${name}.svg`), figure);
    return `![${figure.title}](plots/${name}.svg)`;
  };
  const missing = rows.filter((row) => !all.some((each) => each.row === row));
  const parts = [
    `# Results

Trainings of this project, each made again by one command and ended with the same bits, but where a time decides the epochs; figures
are means over seeds, with the sample standard deviation where n is more than 1. The test images are looked at once, after the last epoch. This page is
written by \`npm run results\`, of the files beside it: settings (\`config.json\`) and figures per epoch (\`metrics.csv\`) of every training, and the
digests of its final weights (\`row.json\`).

\`\`\`sh
npm run results                                         # what there is
npm run results -- drawn                                # makes a row again and compares its bits: this one in seconds
npm run results -- 04-mobilenet-v2 --data-dir data      # the same with CIFAR
npm run results -- 04-mobilenet-v2 --data-dir data --only-seeds 2        # a part of it
npm run results -- 04-mobilenet-v2 --data-dir data --seed 11 --seeds 1   # other seeds, held against mean ± 2 sd
\`\`\`

The bits depend on how kernels round: native code and WebAssembly with relaxed SIMD end with the same, on any number of
threads; WebAssembly without (Node.js 20) has others, and says so. Seconds are given of rows during which nothing else ran on the
machine (\`--alone\`); how fast the kernels are beside others' is in [PERFORMANCE.md](../../packages/backend/PERFORMANCE.md).`,
    summary(results),
    ...accuracyAgainstCost(real).map((figure) =>
      shown(figure.title.toLowerCase().replaceAll(/\W+/g, '-'), figure),
    ),
    ...all.map(({ row, outcome }) => {
      if (row.purpose !== undefined) return partOf({ row, outcome });
      const records = outcome.results.map(({ folder: run }) => ({
        epochs: outcome.epochs[run] ?? [],
      }));
      const course = courseByEpoch({ results: outcome.results, records });
      return partOf({ row, outcome }, shown(row.name, course));
    }),
    ...parityParts(join(folder, 'parity'), shown),
    ...(missing.length === 0
      ? []
      : [
          `## Not yet\n\nRows that have a command and no figures yet: ${missing.map(({ name }) => `\`${name}\``).join(', ')}.`,
        ]),
  ];
  writeWholeSync(
    join(folder, 'README.md'),
    `${parts.filter((part) => part !== '').join('\n\n')}\n`,
  );
}

/** The comparison with PyTorch, as far as there are logs of it. */
function parityParts(folder: string, shown: (name: string, figure: Figure) => string): string[] {
  const parities = paritiesIn(folder);
  if (parities.length === 0) return [];
  return [
    `## Parity with PyTorch

The same network from the same weights, trained on the same images by the same recipe, here and in PyTorch: means and standard
deviations of the test accuracy, which is looked at once, after the last epoch. The order of the images and their crops are each
side's own. Recipe and command are in [tools/oracles/parity](../../tools/oracles/parity/README.md).`,
    markdown(parityTable(parities)),
    ...parities.map((parity) => shown(`parity-${parity.name}`, parityChart(parity))),
  ];
}

/** All rows of which others have published figures, one beside the other. */
function summary(all: readonly KeptRow[]): string {
  const lines = all.flatMap(({ row, outcome }) =>
    resultGroups(outcome.results).flatMap((group): string[][] => {
      const [first] = group;
      const elsewhere = publishedOf(first, outcome.published);
      const tests = meanPercent(group.flatMap(({ testAccuracy }) => testAccuracy ?? []));
      if (elsewhere === undefined || tests === undefined) return [];
      const published = meanPercent([elsewhere.testAccuracy]) ?? '';
      const name = `[${row.title}](#${anchor(row.title)}), ${first.arm} ×${first.width}`;
      return [[name, String(group.length), tests, published, row.shortened ?? 'whole']];
    }),
  );
  if (lines.length === 0) return '';
  return markdown([['', 'n', 'test accuracy', 'published', 'budget'], ...lines]);
}

function partOf({ row, outcome }: KeptRow, plot?: string): string {
  const { results, published, baseline, dataset, machines, alone, diverged = [] } = outcome;
  const budget = row.shortened === undefined ? '' : ` Shortened: ${row.shortened}.`;
  const lost =
    diverged.length === 0
      ? ''
      : `\n\nWithout a result, since their loss became infinite or NaN: ${diverged.map(titleOf).join('; ')}.`;
  const table =
    row.purpose === 'choosing'
      ? trialsTable(outcome)
      : withTest(armRows(results, published, baseline, alone ?? false), outcome);
  return `## ${row.title}

[${row.example}](../../examples/${row.example}) on ${dataset}: \`npm run results -- ${row.name}\`.${budget} Files: [${row.name}/](${row.name}).

${markdown(table)}${lost}${plot === undefined ? '' : `\n\n${plot}`}

Made on ${machines.join('; ')}${took(outcome)}.`;
}

/** What a row took, where that says something. */
function took({ alone, cost }: Outcome): string {
  if (!alone) return '';
  if (cost === undefined) return ', on which nothing else ran';
  const energy =
    cost.joules === undefined
      ? 'the machine does not tell its energy'
      : `${(cost.joules / 1000).toPrecision(3)} kJ by its processors' counters`;
  return `, on which nothing else ran, in ${seconds(cost.seconds)}; ${energy}`;
}

/** The table with a column of what chance alone would make of the differences to the baseline; only where there are several. */
function withTest(table: readonly string[][], { results, baseline }: Outcome): string[][] {
  const ps = resultGroups(results).map((group) =>
    pairedTest(differencesTo(baseline, group, results)),
  );
  if (ps.every((p) => p === undefined)) return table.map((row) => [...row]);
  const cells = [
    'p, paired',
    ...ps.map((p) => (p === undefined ? '–' : p.toFixed(p < 0.01 ? 4 : 2))),
  ];
  return table.map((row, i) => [...row, cells[i] as string]);
}

/** A table of Markdown, its header first. */
function markdown([header = [], ...lines]: readonly string[][]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...lines.map(line)].join('\n');
}

/** The name that GitHub gives a heading. */
function anchor(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** A line a row: its name, its example, and how many seeds of how many were kept. */
export function listOf(folder: string): string[][] {
  return [
    ['row', 'example', 'kept'],
    ...rows.map(({ name, example, seeds }) => {
      const dir = join(folder, name);
      const found = kept(dir);
      const most = Math.max(0, ...resultGroups(found?.results ?? []).map((group) => group.length));
      return [name, example, found === undefined ? '–' : `n = ${most} of ${seeds}`];
    }),
  ];
}
