import { type Given, optional, options, resolve, text } from '@mnet/core/options';
import { counted } from '../results/names.ts';
import { folded, page, type PageOptions, section, sideBySide, writePage } from '../page/page.ts';
import { html, type Markup } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { BenchEnvironment } from '../measure/environment.ts';
import type { AnyResult } from '../results/any-result.ts';
import { figureTables } from './figure-tables.ts';
import { byKind, machines } from './figures.ts';
import { lastOfEach, networkNames } from './names.ts';
import { memoryBars, sizeBars } from './sections/bytes.ts';
import { accuracyPlots } from './sections/pareto.ts';
import { scaling } from './sections/scaling.ts';
import { timeBars } from './sections/times.ts';

const benchReportOptions = options({
  /** The page's heading; default `Benchmark`. */
  title: optional(text('a heading'), 'Benchmark'),
});

/** What {@link renderBenchReport} and {@link writeBenchReport} take beside the results. */
export interface BenchReportOptions extends Given<typeof benchReportOptions> {}

/**
 * Results of benchmarks as one HTML page that needs nothing else: no script, no network. It shows times, their scaling by batch
 * and threads, accuracy against multiply-adds, parameters and latency, memory, sizes, all figures, and where they were taken.
 * A part for which there are no results is left out.
 *
 * @throws if there is no result, or an option is unknown or not taken.
 */
export function renderBenchReport(
  results: readonly AnyResult[],
  given: BenchReportOptions = {},
): string {
  return page(benchPage(results, given));
}

/**
 * Writes {@link renderBenchReport}'s page, whole or not at all. Missing folders are made. Needs Node.js.
 *
 * @throws as {@link renderBenchReport} does, and if the file cannot be written.
 */
export function writeBenchReport(
  path: string,
  results: readonly AnyResult[],
  given: BenchReportOptions = {},
): void {
  writePage(path, benchPage(results, given));
}

function benchPage(results: readonly AnyResult[], given: BenchReportOptions): PageOptions {
  if (!Array.isArray(results) || results.length === 0) {
    throw new TypeError('results: got none, takes a list of at least one result');
  }
  const { title } = resolve(benchReportOptions, given, 'report options');
  const { time, memory, size, accuracy } = byKind(lastOfEach(results));
  const nameOf = networkNames(results);
  const [machine = '', ...others] = machines(results);
  return {
    title,
    subtitle: others.length === 0 ? machine : 'Several machines or programs, below.',
    main: [
      section('Time', timeNote(results), sideBySide(timeBars(time, nameOf))),
      section('Scaling', sideBySide(scaling(time, nameOf))),
      section('Accuracy and cost', sideBySide(accuracyPlots(accuracy, time, nameOf))),
      section(
        'Memory and size',
        sideBySide([...memoryBars(memory, nameOf), ...sizeBars(size, nameOf)]),
      ),
      section(
        'All figures',
        ...figureTables(results).map(
          ({ title: name, header, rows }) => html`<h3>${name}</h3>${table(name, header, rows)}`,
        ),
      ),
      section('Where', ...environments(results)),
    ],
  };
}

function timeNote(results: readonly AnyResult[]): Markup {
  const { time } = byKind(results);
  if (time.length === 0) return html``;
  const rounds = Math.min(...time.map(({ roundsMs }) => roundsMs.length));
  const noise =
    rounds > 1
      ? 'Behind ± stands the standard deviation over rounds, each a process of its own.'
      : 'Behind ± stands the standard deviation of the runs of one process; processes differ by more.';
  return html`<p class="quiet">Medians. ${noise}</p>`;
}

/** Each environment once, under the names of what was taken in it where there are several. */
function environments(results: readonly AnyResult[]): Markup[] {
  const groups = new Map<string, number>();
  for (const { environment } of results) {
    const { command: _, ...same } = environment;
    const written = JSON.stringify(same, null, 2);
    groups.set(written, (groups.get(written) ?? 0) + 1);
  }
  return [...groups].map(([written, times]) => {
    const { backend, runtime, kernelBuild, threads } = JSON.parse(written) as BenchEnvironment;
    const kernels = [runtime, kernelBuild].filter(Boolean).join(' ');
    const place = [backend, kernels, threads === undefined ? '' : counted(threads, 'thread')];
    return folded(
      `${place.filter(Boolean).join(', ')}: ${counted(times, 'result')}`,
      html`<pre tabindex="0">${written}</pre>`,
    );
  });
}
