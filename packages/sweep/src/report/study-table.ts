import { textTable } from '@mnet/bench';
import { resultsOf } from './results.ts';
import type { StudyRecord } from './study-record.ts';

/** How many rows of a table are seen at once; the others are folded, or left to the report. */
export const rowsAtOnce = 20;

/**
 * The results of a study as a table for a terminal: one row a setting, the best first, and below it how many more there are.
 *
 * @returns lines without a line break at the end; empty where the study has no runs
 */
export function studyTable(study: StudyRecord): string {
  const { header, rows } = resultsOf(study);
  if (rows.length === 0) return '';
  const more = rows.length - rowsAtOnce;
  const shown = more > 1 ? rows.slice(0, rowsAtOnce) : rows;
  const rest = more > 1 ? [`… and ${more} more settings, which are in the report`] : [];
  return [textTable([header, ...shown]), ...rest].join('\n');
}
