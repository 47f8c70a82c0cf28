import type { ReliabilityBin } from '@mnet/train';
import { lineChart, type Point, type Series } from '../../charts/line-chart.ts';
import { shortPercent } from '../../page/format.ts';
import { html, type Markup } from '../../page/html.ts';
import { type Group, groupMean, meanPercent } from '../groups.ts';

/** Accuracy by confidence, of each group, and the expected calibration error. */
export function reliability(groups: readonly Group[]): Markup {
  const series = groups.flatMap((group): Series[] => {
    const points = pooled(group);
    if (points.length === 0) return [];
    const ece = groupMean(group, (run) => run.test?.ece);
    const error = ece === undefined ? '' : `ECE ${meanPercent(ece)}`;
    const name =
      groups.length === 1 ? error || 'measured' : [group.name, error].filter(Boolean).join(', ');
    return [{ name, colour: group.colour, points }];
  });
  if (series.length === 0) return html``;
  const ideal: Series = {
    name: 'as sure as right',
    colour: 7,
    dashed: true,
    points: [
      { x: 0, y: 0 },
      { x: 1, y: 1 },
    ],
  };
  return lineChart({
    title: 'Reliability',
    note: 'Share of the test images that are recognised, by how sure the network is. Below the dashed line it is too sure.',
    x: { label: 'confidence', from: 0, to: 1, format: shortPercent },
    y: { label: 'accuracy', from: 0, to: 1, format: shortPercent },
    series: [ideal, ...series],
  });
}

/** The bins of a group's runs, as if all had been tested together. */
function pooled({ runs }: Group): Point[] {
  const bins = new Map<number, { images: number; confidence: number; right: number }>();
  const all = runs.flatMap((run): readonly ReliabilityBin[] => run.details?.reliability ?? []);
  for (const { above, confidence, accuracy, count } of all) {
    if (confidence === null || accuracy === null) continue;
    const bin = bins.get(above) ?? { images: 0, confidence: 0, right: 0 };
    bin.images += count;
    bin.confidence += confidence * count;
    bin.right += accuracy * count;
    bins.set(above, bin);
  }
  return [...bins]
    .toSorted(([a], [b]) => a - b)
    .map(([, { images, confidence, right }]) => ({ x: confidence / images, y: right / images }));
}
