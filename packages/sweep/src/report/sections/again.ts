import { html, type Markup } from '@mnet/bench';
import { settingsOf } from '@mnet/bench/settings';
import { shellWord } from '@mnet/core/process';
import { levelOf } from '../factors.ts';
import { grouped } from '../grouped.ts';
import type { StudyRecord, StudyRun } from '../study-record.ts';

/** What all runs of a stage share. */
export function shared({ runs }: StudyRecord): Markup[] {
  const stages = grouped(runs, ({ stage }) => stage);
  return [...stages].map(([name, own]) => {
    const heading = stages.size > 1 ? html`<h3>${name}</h3>` : html``;
    const content = sharedOf(own);
    if (Object.keys(content).length === 0) return html`${heading}<p class="quiet">Nothing.</p>`;
    return html`${heading}<pre tabindex="0">${JSON.stringify(content, null, 2)}</pre>`;
  });
}

function sharedOf(runs: readonly StudyRun[]): Record<string, unknown> {
  const given = runs.map(({ config }) => config).filter((config) => config !== undefined);
  if (given.length === runs.length) {
    const [first = {}] = given;
    return Object.fromEntries(
      Object.entries(first).filter(([key, value]) =>
        given.every((each) => key in each && levelOf(each[key]) === levelOf(value)),
      ),
    );
  }
  const noted = runs.flatMap(({ record }) => (record ? [settingsOf(record)] : []));
  return Object.fromEntries(
    [...(noted[0] ?? [])].flatMap(([key, value]) =>
      !key.startsWith('environment.') && noted.every((each) => each.get(key) === value)
        ? [[key, JSON.parse(value) as unknown]]
        : [],
    ),
  );
}

/** The command lines that make a study again. */
export function commands({ commands: lines = [] }: StudyRecord): Markup {
  if (lines.length === 0) return html``;
  return html`<pre tabindex="0">${lines.map((words) => words.map(shellWord).join(' ')).join('\n')}</pre>`;
}
