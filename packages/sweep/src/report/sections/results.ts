import { folded, html, type Markup, table } from '@mnet/bench';
import { resultsOf } from '../results.ts';
import type { StudyRecord } from '../study-record.ts';
import { rowsAtOnce } from '../study-table.ts';

/** The table of the settings, of many the first, with the others folded. */
export function resultsTable(study: StudyRecord): Markup {
  const { header, rows, notes } = resultsOf(study);
  if (rows.length === 0) return html`<p class="quiet">The study has no runs.</p>`;
  const cells = rows.map(([first = '', ...rest]) => [
    first.endsWith('best') ? html`${first.replace(' best', '')} <strong>best</strong>` : first,
    ...rest,
  ]);
  const more = rows.length - rowsAtOnce;
  const shown = more > 1 ? cells.slice(0, rowsAtOnce) : cells;
  return html`<p class="quiet">${notes.join(' ')}</p>
${table('Results', header, shown)}
${more > 1 ? folded(`${more} more settings`, table('More results', header, cells.slice(rowsAtOnce))) : ''}`;
}
