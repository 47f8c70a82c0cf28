import { folded, html, type Markup } from '@mnet/bench';
import type { StudyRun } from '../study-record.ts';
import { link } from './link.ts';

const mostAtOnce = 12;

/** Every run that is neither complete nor paused by a search, by name, with why and where to read on. */
export function unfinished(runs: readonly StudyRun[]): Markup[] {
  return [
    listed('Failed', runs, 'failed'),
    listed('Skipped, since a run that they need has failed', runs, 'skipped'),
    listed('Stopped; they can be gone on with', runs, 'stopped'),
    listed('Running', runs, 'running'),
    listed('Waiting', runs, 'waiting'),
  ];
}

function listed(title: string, all: readonly StudyRun[], state: StudyRun['state']): Markup {
  const runs = all.filter((run) => run.state === state);
  if (runs.length === 0) return html``;
  const items = runs.map(
    (run) =>
      html`<li><span class="${state === 'failed' ? 'bad' : ''}">${run.id}</span>${reason(run)}${run.log === undefined ? '' : html` (${link(run.log, run.log)})`}</li>\n`,
  );
  const [first, rest] = [items.slice(0, mostAtOnce), items.slice(mostAtOnce)];
  return html`<h3>${title}: ${runs.length}</h3>
<ul>${first}</ul>${rest.length === 0 ? '' : folded(`${rest.length} more`, html`<ul>${rest}</ul>`)}`;
}

function reason({ error, record }: StudyRun): Markup {
  const words = (error ?? record?.error)?.trim();
  if (words === undefined || words === '') return html``;
  const [first = '', ...more] = words.split('\n');
  if (more.length === 0) return html`: ${first}`;
  return html`: ${first}<pre tabindex="0">${more.join('\n')}</pre>`;
}
