import {
  type Axis,
  heatMap,
  lineChart,
  type Mark,
  type PageOptions,
  scatterChart,
  section,
  sideBySide,
  table,
} from '@mnet/bench';
import type { Costs, NetworkCost } from './costs.ts';
import type { CostFlags } from './flags.ts';
import { gridRows, layerRows, layerTitle, networkRows, type Rows, wholeRows } from './tables.ts';

const macs = { label: 'multiply-adds', log: true };

/** The same tables with plots. */
export function costPage(costs: Costs, flags: CostFlags): PageOptions {
  const { classes, resolutions } = flags;
  const at = `${resolutions[0]}×${resolutions[0]} pixels, ${classes} classes`;
  return {
    title: 'What separable convolutions, width and resolution cost',
    subtitle:
      'Multiply-adds of convolutions and dense layers for one picture; counted from shapes, nothing is trained here.',
    main: [
      section('One layer', shown(layerTitle(flags), layerRows(costs))),
      section(
        'NormalCNN against MobileNetV1',
        shown(`Whole networks, ${at}`, wholeRows(costs)),
        sideBySide([
          byWidth(costs, 'Multiply-adds', ({ macs: y }) => y),
          byWidth(costs, 'Parameters', ({ params: y }) => y),
        ]),
      ),
      section(
        'MobileNetV1 by width and resolution',
        sideBySide([gridMap(costs, flags), accuracies(costs)]),
        shown('Ours beside Howard et al. 2017, tables 6 and 7', gridRows(costs)),
      ),
      section(
        `All networks, ${at}`,
        sideBySide([
          all(costs, 'Parameters by multiply-adds, a dot a width', macs, (cost) => cost.macs),
          all(costs, 'Parameters by width', { label: 'width multiplier' }, (cost) => cost.width),
        ]),
        shown('Networks', networkRows(costs)),
      ),
    ],
  };
}

function shown(caption: string, [header = [], ...rows]: Rows): ReturnType<typeof table> {
  return table(caption, header, rows);
}

function byWidth(
  { whole }: Costs,
  title: string,
  of: (cost: NetworkCost) => number,
): ReturnType<typeof lineChart> {
  const inOrder = whole.toSorted((a, b) => a.width - b.width);
  const line = (name: string, colour: number, which: 'normalCnn' | 'mobilenetV1') => ({
    name,
    colour,
    points: inOrder.map((row) => ({ x: row.width, y: of(row[which]) })),
  });
  return lineChart({
    title: `${title} by width`,
    x: { label: 'width multiplier' },
    y: { label: title.toLowerCase(), log: true },
    series: [line('NormalCNN', 1, 'normalCnn'), line('MobileNetV1', 0, 'mobilenetV1')],
  });
}

function gridMap({ grid }: Costs, { widths, resolutions }: CostFlags): ReturnType<typeof heatMap> {
  return heatMap({
    title: 'Millions of multiply-adds',
    rowLabel: 'width',
    columnLabel: 'pixels',
    rows: widths.map(String),
    columns: resolutions.map(String),
    values: widths.map((width) =>
      resolutions.map((pixels) => {
        const cell = grid.find((each) => each.width === width && each.resolution === pixels);
        return cell ? cell.macs / 1e6 : null;
      }),
    ),
    format: (value) => value.toFixed(0),
  });
}

function accuracies({ grid }: Costs): ReturnType<typeof scatterChart> {
  return scatterChart({
    title: 'The paper’s accuracy on ImageNet',
    note: 'Published, not measured here.',
    x: macs,
    y: { label: 'accuracy', format: (value) => `${(value * 100).toFixed(0)}%` },
    marks: grid.flatMap(({ width, resolution, macs: cost, published }): Mark[] =>
      published
        ? [
            {
              name: `×${width}, ${resolution}`,
              colour: 0,
              x: cost,
              y: published.accuracy,
              hollow: true,
            },
          ]
        : [],
    ),
  });
}

function all(
  { networks }: Costs,
  title: string,
  x: Axis,
  of: (cost: NetworkCost) => number,
): ReturnType<typeof lineChart> {
  const names = [...new Set(networks.map(({ network }) => network))];
  return lineChart({
    title,
    x,
    y: { label: 'parameters', log: true },
    series: names.map((name, colour) => ({
      name,
      colour,
      points: networks
        .filter(({ network }) => network === name)
        .toSorted((a, b) => a.width - b.width)
        .map((cost) => ({ x: of(cost), y: cost.params })),
    })),
  });
}
