import type { EpochRecord } from '@mnet/train';
import { count, millions, or, percent, seconds } from '../../page/format.ts';
import { html, type Markup } from '../../page/html.ts';
import { folded } from '../../page/page.ts';
import { table } from '../../page/table.ts';
import type { ReportRun } from '../report-run.ts';
import { paramsOf } from './summary.ts';

/** Why runs ended that are not complete. */
export function endings(runs: readonly ReportRun[]): Markup[] {
  return runs.flatMap((run) =>
    run.error === undefined ? [] : [html`<p class="bad">${run.name} ended early: ${run.error}</p>`],
  );
}

/** One row a run. */
export function runsTable(runs: readonly ReportRun[]): Markup {
  const header = [
    'Run',
    'Network',
    'Parameters',
    'MACs',
    'Epochs',
    'Validation',
    'Test',
    'Test loss',
    'Time',
    'Images/s',
    'Status',
  ];
  const rows = runs.map((run) => [
    run.name,
    run.model.name,
    count(paramsOf(run)),
    or(run.macs, millions),
    count(run.epochs.length),
    or(run.best?.validationAccuracy, percent),
    or(run.test?.accuracy, percent),
    or(run.test?.loss, (v) => v.toFixed(4)),
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

/** The rows of the runs' closing tables, such as of a distillation's teacher and student. */
export function summaryTable(runs: readonly ReportRun[]): Markup {
  const all = runs.flatMap(({ name, summary = [] }) => summary.map((row) => ({ name, row })));
  const keys = [...new Set(all.flatMap(({ row }) => Object.keys(row)))];
  if (keys.length === 0) return html``;
  const rows = all.map(({ name, row }) => [name, ...keys.map((key) => cell(key, row[key]))]);
  return html`<h3>Summaries</h3>${table('Summaries', ['Run', ...keys.map(words)], rows)}`;
}

/** `testAccuracy` as `Test accuracy` */
function words(key: string): string {
  const spaced = key.replace(/([A-Z])/g, (_, letter: string) => ` ${letter.toLowerCase()}`);
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

function cell(key: string, value: unknown): string {
  if (typeof value !== 'number') return typeof value === 'string' ? value : '–';
  if (/accuracy|agreement/i.test(key)) return percent(value);
  return Number.isInteger(value) ? count(value) : count(+value.toPrecision(4));
}

/** Every epoch of a run, folded. */
export function epochTable(run: ReportRun): Markup {
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
  const rows = run.epochs.map((e) => [
    count(e.epoch),
    e.learningRate.toPrecision(3),
    or(e.trainLoss, (v) => v.toFixed(4)),
    or(e.trainAccuracy, percent),
    or(e.validationLoss, (v) => v.toFixed(4)),
    or(e.validationAccuracy, percent),
    seconds(e.seconds),
    e.imagesPerSecond.toFixed(0),
  ]);
  if (rows.length === 0) return html``;
  return folded(`Epochs of ${run.name}`, table(`Epochs of ${run.name}`, header, rows));
}
