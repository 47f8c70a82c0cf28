import { writeWholeSync } from '@mnet/core/files';
import { type Given, optional, options, resolve, text } from '@mnet/core/options';
import { renderPage } from './page.ts';
import type { ReportRun } from './report-run.ts';

const reportOptions = options({
  /** The page's heading; default the runs' names. */
  title: optional(text('a heading')),
});

/** What {@link renderReport} and {@link writeReport} take beside the runs. */
export interface ReportOptions extends Given<typeof reportOptions> {}

/**
 * A report of one or more runs as one HTML page that needs nothing else: no script, no network. It has a table of
 * all runs, the curves of loss and accuracy, accuracy by class, and each run's configuration and environment.
 *
 * @throws if there is no run, or an option is unknown or not taken.
 */
export function renderReport(runs: readonly ReportRun[], given: ReportOptions = {}): string {
  if (!Array.isArray(runs) || runs.length === 0) {
    throw new TypeError('runs: got none, takes a list of at least one run record');
  }
  const { title = runs.map((r) => r.name).join(', ') } = resolve(reportOptions, given, 'report');
  return `<!doctype html>\n${renderPage(runs, title).text}\n`;
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
  writeWholeSync(path, renderReport(runs, given));
}
