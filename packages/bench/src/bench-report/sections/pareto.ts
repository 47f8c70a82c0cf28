import { type Mark, scatterChart } from '../../charts/scatter-chart.ts';
import { type NetworkName, placeNames } from '../names.ts';
import { dataOf } from '../../results/names.ts';
import { networkOf } from '../../results/network.ts';
import { several } from '../../results/several.ts';
import { waysOf } from '../../results/ways.ts';
import { wilson, z95 } from '../../compare/proportions.ts';
import type { AccuracyResult } from '../../measure/accuracy.ts';
import type { BenchResult } from '../../measure/result.ts';
import { shortPercent } from '../../page/format.ts';
import type { Markup } from '../../page/html.ts';
import { ms } from '../figures.ts';

/** Accuracy against multiply-adds, parameters, and the latency on each backend that was measured, with the front of the best. */
export function accuracyPlots(
  accuracies: readonly AccuracyResult[],
  times: readonly BenchResult[],
  nameOf: NetworkName,
): Markup[] {
  const latencies = times.filter(({ mode, batch }) => mode === 'infer' && batch === 1);
  const place = placeNames(latencies);
  const places = [...new Set(latencies.map(place))];
  const latencyOn =
    (on: string) =>
    (result: AccuracyResult): number | null => {
      const own = latencies.filter(
        (each) => place(each) === on && networkOf(each) === networkOf(result),
      );
      // Of several that were made in other ways only the one that the accuracy says it is of.
      const found = own.length > 1 ? own.find((each) => nameOf(each) === nameOf(result)) : own[0];
      return found?.medianMs ?? null;
    };
  const plot = plotOf(accuracies, nameOf);
  return [
    ...plot('multiply-adds', { label: 'MACs' }, ({ macs }) => macs),
    ...plot('parameters', { label: 'parameters' }, ({ params }) => params),
    ...places.flatMap((on) =>
      plot(`latency, ${on}`, { label: 'median of one picture', format: ms }, latencyOn(on)),
    ),
  ];
}

type Plot = (
  words: string,
  x: { readonly label: string; readonly format?: (value: number) => string },
  cost: (result: AccuracyResult) => number | null,
) => Markup[];

/** Plots of the same accuracies, a network in the same colour in each. */
function plotOf(results: readonly AccuracyResult[], nameOf: NetworkName): Plot {
  const severalData = several(results.map(dataOf));
  const markName = (result: AccuracyResult): string =>
    [nameOf(result), ...(severalData ? [dataOf(result)] : []), ...waysOf(result)].join(', ');
  return (words, x, cost) => {
    const marks = results.flatMap((result, colour): Mark[] => {
      const found = cost(result);
      if (found === null) return [];
      const [low, high] = wilson(result.accuracy, result.count, z95);
      return [{ name: markName(result), colour, x: found, y: result.accuracy, low, high }];
    });
    if (marks.length < 2) return [];
    return [
      scatterChart({
        title: `Accuracy against ${words}`,
        note: 'The dashed line is the front: nothing here with less reaches more. Whiskers are 95% intervals of so many images.',
        x: { ...x, log: true },
        y: { label: 'accuracy', format: shortPercent },
        marks,
        front: true,
      }),
    ];
  };
}
