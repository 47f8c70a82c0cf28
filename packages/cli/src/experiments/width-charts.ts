import { type Axis, lineChart, type Markup, type Point, type Series, summarize } from '@mnet/bench';
import { type ArmResult, type Published, publishedOf, resultGroups } from './results.ts';

/**
 * What a network costs and reaches at several widths: parameters and multiply-adds over the square of the width, where
 * quadratic growth is a straight line; test accuracy and seconds an epoch over the width, as means over seeds with bands
 * of one standard deviation. One line an arm; none where no arm has more than one width.
 *
 * @param published is drawn dashed beside the accuracy
 */
export function widthCharts(
  results: readonly ArmResult[],
  published: readonly Published[] = [],
): Markup[] {
  const arms = sweptArms(results);
  if (arms.length === 0) return [];
  const lines = (value: Value, x: (width: number) => number = (width) => width): Series[] =>
    arms.map(({ name, groups }, colour) => ({
      name,
      colour,
      points: groups.map((group) => pointOf(x(group[0].width), group, value)),
    }));
  const squared: Axis = { label: 'width²', from: 0 };
  const plain: Axis = { label: 'width', from: 0 };
  const square = (width: number): number => width ** 2;
  const note = 'Over the square of the width: quadratic growth is a straight line.';
  return [
    lineChart({
      title: 'Parameters',
      note,
      x: squared,
      y: { label: 'parameters', from: 0 },
      series: lines(({ parameters }) => parameters, square),
    }),
    lineChart({
      title: 'Multiply-adds of one prediction',
      note,
      x: squared,
      y: { label: 'MACs', from: 0 },
      series: lines(({ macs }) => macs, square),
    }),
    lineChart({
      title: 'Test accuracy',
      x: plain,
      y: { label: 'test accuracy', format: (value) => `${Number((value * 100).toPrecision(4))}%` },
      series: [
        ...lines(({ testAccuracy }) => testAccuracy),
        ...arms.flatMap((arm, colour) => publishedLine(arm, colour, published)),
      ],
    }),
    lineChart({
      title: 'Seconds of training an epoch',
      x: plain,
      y: { label: 'seconds', from: 0 },
      series: lines(({ secondsPerEpoch }) => secondsPerEpoch),
    }),
  ];
}

type Group = readonly [ArmResult, ...ArmResult[]];
type Value = (result: ArmResult) => number | undefined;

/** An arm that has several widths, from the least to the largest. */
interface SweptArm {
  readonly name: string;
  readonly groups: readonly Group[];
}

function sweptArms(results: readonly ArmResult[]): SweptArm[] {
  const byArm = new Map<string, Group[]>();
  for (const group of resultGroups(results)) {
    const others = byArm.get(group[0].arm);
    if (others) others.push(group);
    else byArm.set(group[0].arm, [group]);
  }
  return [...byArm]
    .filter(([, groups]) => groups.length > 1)
    .map(([name, groups]) => ({
      name,
      groups: groups.toSorted(([a], [b]) => a.width - b.width),
    }));
}

/** The mean over seeds; a gap where none has the value. */
function pointOf(x: number, group: Group, value: Value): Point {
  const values = group.flatMap((result) => value(result) ?? []);
  if (values.length === 0) return { x, y: Number.NaN };
  const { mean, std } = summarize(values);
  return { x, y: mean, ...(values.length > 1 && { low: mean - std, high: mean + std }) };
}

function publishedLine(
  { name, groups }: SweptArm,
  colour: number,
  published: readonly Published[],
): Series[] {
  const points = groups.flatMap(([first]) => {
    const found = publishedOf(first, published);
    return found ? [{ x: first.width, y: found.testAccuracy }] : [];
  });
  return points.length === 0 ? [] : [{ name: `${name}, published`, colour, dashed: true, points }];
}
