import { writeWhole } from '../write-whole.ts';
import { renderPage } from './page.ts';
import type { ReportRun } from './report-run.ts';

/** What {@link renderReport} and {@link writeReport} take beside the runs. */
export interface ReportOptions {
  /** The page's heading; default the runs' names. */
  title?: string;
}

/**
 * A report of one or more runs as one HTML page that needs nothing else: no script, no network. It has a table of
 * all runs, the curves of loss and accuracy, accuracy by class, and each run's configuration and environment.
 *
 * @throws if there is no run.
 */
export function renderReport(runs: readonly ReportRun[], options: ReportOptions = {}): string {
  if (!Array.isArray(runs) || runs.length === 0) {
    throw new TypeError('runs: got none, takes a list of at least one run record');
  }
  return `<!doctype html>\n${renderPage(runs, options.title ?? runs.map((r) => r.name).join(', ')).text}\n`;
}

/**
 * Writes {@link renderReport}'s page. It is written to a temporary name and renamed, so that no half-written page
 * is ever there. Missing folders are made.
 *
 * @param path where to, such as `runs/kd/report.html`
 * @throws if there is no run or the file cannot be written.
 */
export function writeReport(
  path: string,
  runs: readonly ReportRun[],
  options: ReportOptions = {},
): void {
  writeWhole(path, renderReport(runs, options));
}
