import { join } from 'node:path';
import { html, type Markup, section, sideBySide, table, writePage } from '@mnet/bench';
import { armRows, widthCharts } from '@mnet/cli';
import { accuracyAgainstCost, accuracyBars, courseByEpoch } from './charts.ts';
import { type Found, foundIn } from './found.ts';

/**
 * Makes one page of all experiments in a folder: the table and the plots of each, beside the figures that others publish.
 * It is made of the folders alone, so that runs may be of any time.
 *
 * @returns the path of the page; undefined where the folder holds no results
 */
export function writeSuiteReport(runs: string): string | undefined {
  const { experiments, others, broken } = foundIn(runs);
  if (experiments.length + others.length === 0) return undefined;
  const path = join(runs, 'suite.html');
  const titles = experiments.map(({ experiment, dataset }) => `${experiment} on ${dataset}`);
  writePage(path, {
    title: 'Experiments',
    ...(titles.length > 0 && { subtitle: titles.join('; ') }),
    main: [
      section('Accuracy and cost', sideBySide(accuracyAgainstCost(experiments))),
      ...experiments.map(sectionOf),
      section('More', ...others.map((folder) => html`<p>${link(folder, 'report.html')}</p>`)),
      section('Not readable', ...broken.map((words) => html`<p>${words}</p>`)),
    ],
  });
  return path;
}

function sectionOf(found: Found): Markup {
  const { experiment, dataset, results, published, folder, baseline } = found;
  const title = `${experiment} on ${dataset}`;
  if (results.length === 0)
    return section(title, html`<p class="quiet">No training has ended yet.</p>`);
  const [header = [], ...rows] = armRows(results, published, baseline);
  return section(
    title,
    table(`figures of ${folder}`, header, rows),
    sideBySide([accuracyBars(found), courseByEpoch(found), ...widthCharts(results, published)]),
    html`<p>${link(folder, 'report.html')}</p>`,
  );
}

function link(folder: string, file: string): Markup {
  return html`<a href="${encodeURIComponent(folder)}/${file}">${folder}/${file}</a>`;
}
