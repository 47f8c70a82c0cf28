import { list, nested, type Given, optional, options, resolve, text } from '@mnet/core/options';
import { page, writePage, type PageOptions } from '../page/page.ts';
import { publishedOptions } from './published.ts';
import { reportPage } from './report-page.ts';
import type { ReportRun } from './report-run.ts';

const reportOptions = options({
  /** The page's heading; default the runs' names. */
  title: optional(text('a heading')),
  /** Figures that others report: beside ours, and rings in the plots of accuracy against cost. Default none. */
  published: optional(list(nested(publishedOptions)), []),
});

/** What {@link renderReport} and {@link writeReport} take beside the runs. */
export interface ReportOptions extends Given<typeof reportOptions> {}

/**
 * A report of one or more runs as one HTML page that needs nothing else: no script, no network. Runs of one group are shown as
 * their mean, with bands of one standard deviation. It shows test accuracy and cost; loss, accuracy and learning rate
 * by epoch and step; accuracy against cost; accuracy by class; confusion matrices; the most confident mistakes; a
 * reliability diagram; a student's agreement with its teacher; times; all runs, in what they differ, their configurations
 * and environments. A part for which no run noted the figures is left out.
 *
 * @throws if there is no run, or an option is unknown or not taken.
 */
export function renderReport(runs: readonly ReportRun[], given: ReportOptions = {}): string {
  return page(pageOf(runs, given));
}

/**
 * Writes {@link renderReport}'s page. It is written to a temporary name and renamed, so that no half-written page
 * is ever there. Missing folders are made.
 *
 * @param path where to, such as `runs/kd/report.html`
 * @throws as {@link renderReport} does, and if the file cannot be written.
 */
export function writeReport(
  path: string,
  runs: readonly ReportRun[],
  given: ReportOptions = {},
): void {
  writePage(path, pageOf(runs, given));
}

function pageOf(runs: readonly ReportRun[], given: ReportOptions): PageOptions {
  if (!Array.isArray(runs) || runs.length === 0) {
    throw new TypeError('runs: got none, takes a list of at least one run record');
  }
  const { title = runs.map((r) => r.name).join(', '), published } = resolve(
    reportOptions,
    given,
    'report',
  );
  return reportPage(runs, title, published);
}
