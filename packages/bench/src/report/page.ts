import type { EpochRecord } from '@mnet/train';
import { count, millions, or, percent, seconds } from './format.ts';
import { html, type Markup, raw } from './html.ts';
import { lineChart, type Series } from './line-chart.ts';
import type { ReportRun } from './report-run.ts';
import { style } from './style.ts';
import { table } from './table.ts';

/** The page's element, from `<html>` to its end. */
export function renderPage(runs: readonly ReportRun[], title: string): Markup {
  return html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${raw(style)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="quiet">${subtitle(runs)}</p>
</header>
<main>
<h2>Runs</h2>
${runsTable(runs)}
${runs.flatMap((run) => (run.error === undefined ? [] : [html`<p>${run.name} ended early: ${run.error}</p>`]))}
<h2>Curves</h2>
${key(runs)}
<p class="quiet">Losses in training are each run's own objective, which may hold a teacher's part; in validation all are cross-entropy.</p>
<div class="charts">
${chart(
  runs,
  'Loss',
  (e) => e.trainLoss,
  (e) => e.validationLoss,
  (y) => `${+y.toPrecision(3)}`,
)}
${chart(
  runs,
  'Accuracy',
  (e) => e.trainAccuracy,
  (e) => e.validationAccuracy,
  (y) => `${+(y * 100).toPrecision(4)}%`,
)}
</div>
${classTable(runs)}
${runs.map(details)}
<section><h2>Environment</h2>
${environments(runs)}</section>
</main>
</body>
</html>`;
}

function subtitle(runs: readonly ReportRun[]): string {
  const data = [
    ...new Set(
      runs.map(
        ({ dataset: d }) =>
          `${d.name}: ${count(d.train)} training, ${count(d.validation)} validation and ${count(d.test)} test images`,
      ),
    ),
  ];
  return `${data.join('; ')}. ${runs.at(-1)?.date ?? ''}`;
}

function runsTable(runs: readonly ReportRun[]): Markup {
  const header = [
    'Run',
    'Network',
    'Parameters',
    'MACs',
    'Epochs',
    'Validation',
    'Test',
    'Time',
    'Images/s',
    'Status',
  ];
  const rows = runs.map((run) => [
    run.name,
    run.model.name,
    count(run.model.trainableParameters),
    or(run.macs, millions),
    count(run.epochs.length),
    or(run.best?.validationAccuracy, percent),
    or(run.test?.accuracy, percent),
    seconds(run.seconds),
    or(meanSpeed(run.epochs), (v) => v.toFixed(0)),
    run.status,
  ]);
  return table('Runs', header, rows);
}

/** Images over the seconds they took, over all epochs. */
function meanSpeed(epochs: readonly EpochRecord[]): number | undefined {
  const time = epochs.reduce((sum, e) => sum + e.seconds, 0);
  const images = epochs.reduce((sum, e) => sum + e.seconds * e.imagesPerSecond, 0);
  return time > 0 ? images / time : undefined;
}

/** Which line is which, once for both charts. */
function key(runs: readonly ReportRun[]): Markup {
  const sample = (colour: number, dashed: boolean): Markup =>
    html`<svg viewBox="0 0 36 12" aria-hidden="true"><line class="line c${colour % 8}${dashed ? ' dashed' : ''}" x1="0" x2="36" y1="6" y2="6"/></svg>`;
  const items = runs.map((run, i) => html`<li>${sample(i, false)}${run.name}</li>`);
  return html`<ul class="key">${items}<li class="quiet">${sample(7, true)}training (dashed)</li><li class="quiet">${sample(7, false)}validation</li></ul>`;
}

function chart(
  runs: readonly ReportRun[],
  title: string,
  training: (epoch: EpochRecord) => number,
  validation: (epoch: EpochRecord) => number | undefined,
  format: (y: number) => string,
): Markup {
  const series = runs.flatMap((run, colour): Series[] => [
    {
      name: `${run.name}, training`,
      colour,
      dashed: true,
      points: run.epochs.map((e) => [e.epoch, training(e)]),
    },
    {
      name: `${run.name}, validation`,
      colour,
      dashed: false,
      points: run.epochs.flatMap((e): [number, number][] => {
        const y = validation(e);
        return y === undefined ? [] : [[e.epoch, y]];
      }),
    },
  ]);
  return html`<figure><figcaption>${title}</figcaption>${lineChart({ title, xLabel: 'epoch', series, format })}</figure>`;
}

/** Accuracy on the test images by class, where the runs share their classes. */
function classTable(runs: readonly ReportRun[]): Markup {
  const tested = runs.filter((run) => run.test !== undefined);
  const classes = tested[0]?.dataset.classes ?? [];
  const same = tested.every((run) => run.dataset.classes.join('\n') === classes.join('\n'));
  if (tested.length === 0 || !same) return html``;
  const rows = classes.map((name, i) => [
    name,
    ...tested.map((run) => or(run.test?.perClassAccuracy[i], percent)),
  ]);
  return html`<h2>Test accuracy by class</h2>
${table('Test accuracy by class', ['Class', ...tested.map((run) => run.name)], rows)}`;
}

function details(run: ReportRun): Markup {
  const { options, objective } = run;
  const rows = run.epochs.map((e) => [
    count(e.epoch),
    e.learningRate.toPrecision(3),
    e.trainLoss.toFixed(4),
    percent(e.trainAccuracy),
    or(e.validationLoss, (v) => v.toFixed(4)),
    or(e.validationAccuracy, percent),
    seconds(e.seconds),
    e.imagesPerSecond.toFixed(0),
  ]);
  const header = [
    'Epoch',
    'Learning rate',
    'Training loss',
    'Training accuracy',
    'Validation loss',
    'Validation accuracy',
    'Time',
    'Images/s',
  ];
  return html`<section><h2>${run.name}</h2>
${table(`Epochs of ${run.name}`, header, rows)}
<h3>Configuration</h3>
<pre tabindex="0">${JSON.stringify({ command: run.command?.join(' '), objective, options }, null, 2)}</pre>
</section>`;
}

/** Where the runs were made: once where it was the same machine and software. */
function environments(runs: readonly ReportRun[]): Markup[] {
  const groups = new Map<string, string[]>();
  for (const run of runs) {
    const text = JSON.stringify(run.environment, null, 2);
    groups.set(text, [...(groups.get(text) ?? []), run.name]);
  }
  return [...groups].map(
    ([text, names]) => html`<h3>${names.join(', ')}</h3>\n<pre tabindex="0">${text}</pre>\n`,
  );
}
