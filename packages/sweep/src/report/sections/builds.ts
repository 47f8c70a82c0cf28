import { html, type Markup, section, table } from '@mnet/bench';
import { settingDifferences } from '@mnet/bench/settings';
import { grouped } from '../grouped.ts';
import type { StudyRun } from '../study-record.ts';

/** In what the machines and the software of the runs differ, where they do. */
export function builds(runs: readonly StudyRun[]): Markup {
  const made = runs.flatMap(({ id, record }) => (record ? [{ id, record }] : []));
  const found = settingDifferences(
    made.map(
      ({ record: { environment } }) =>
        new Map(Object.entries(environment).map(([key, value]) => [key, String(value)])),
    ),
  );
  if (found.length === 0) return html``;
  const rows = found.flatMap(({ key, values }) =>
    [...grouped(made, (_run) => values[made.indexOf(_run)])].map(([value, own]) => [
      key,
      value ?? '–',
      String(own.length),
      own.length > 4 ? `${own[0].id}, …` : own.map(({ id }) => id).join(', '),
    ]),
  );
  const rounds = found.some(({ key }) => key === 'build' || key === 'backend');
  return section(
    'What differs between the machines',
    html`<p>${rounds ? 'Not all runs were made with kernels that round alike: a run that is made again elsewhere need not have the same bits.' : 'The runs were made with kernels that round alike: in which of these a run was made is not seen in its bits.'}</p>`,
    table('What differs between the machines', ['', 'value', 'runs', 'which'], rows, 'words'),
  );
}
