import { html, type Markup } from '../../page/html.ts';
import { folded } from '../../page/page.ts';
import { table } from '../../page/table.ts';
import { configDifferences } from '../config-differences.ts';
import type { ReportRun } from '../report-run.ts';

/** In what the runs differ, and each one's whole configuration, folded. */
export function configurations(runs: readonly ReportRun[]): Markup {
  return html`${runs.length > 1 ? differences(runs) : ''}${runs.map(whole)}`;
}

function differences(runs: readonly ReportRun[]): Markup {
  const found = configDifferences(runs);
  if (found.length === 0) return html`<p>The settings of all runs are the same.</p>`;
  const names = runs.map(({ name }) => name);
  const cells = found.map(({ key, values }) => [key, ...values.map((value) => value ?? '–')]);
  // What there is more of goes down the page, not beyond its edge.
  const turned = found.length < runs.length;
  const upright = [[turned ? 'Run' : 'Setting', ...names], ...cells];
  const [header = [], ...rows] = turned
    ? (upright[0]?.map((_, i) => upright.map((row) => row[i] ?? '')) ?? [])
    : upright;
  return html`<p>The runs differ in:</p>${table('What differs between the runs', header, rows, 'words')}`;
}

function whole(run: ReportRun): Markup {
  const { options, objective } = run;
  const written = JSON.stringify({ command: run.command?.join(' '), objective, options }, null, 2);
  return folded(`Configuration of ${run.name}`, html`<pre tabindex="0">${written}</pre>`);
}

/** Where the runs were made: once where it was the same machine and software. */
export function environments(runs: readonly ReportRun[]): Markup[] {
  const groups = new Map<string, string[]>();
  for (const run of runs) {
    const text = JSON.stringify(run.environment, null, 2);
    groups.set(text, [...(groups.get(text) ?? []), run.name]);
  }
  return [...groups].map(
    ([text, names]) =>
      html`${groups.size > 1 ? html`<h3>${names.join(', ')}</h3>` : ''}<pre tabindex="0">${text}</pre>\n`,
  );
}
