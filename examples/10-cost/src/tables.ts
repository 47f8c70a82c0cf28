import { textTable } from '@mnet/bench';
import type { Costs, GridCost, NetworkCost } from './costs.ts';
import type { CostFlags } from './flags.ts';

/** A table's header and its rows. */
export type Rows = readonly (readonly string[])[];

const count = (n: number): string => n.toLocaleString('en');
const millions = (n: number, digits: number): string => `${(n / 1e6).toFixed(digits)} M`;
const times = (n: number): string => `${n.toFixed(2)} ×`;

/** What is printed. */
export function costText(costs: Costs, flags: CostFlags): string {
  const { resolutions, classes } = flags;
  const at = `${resolutions[0]}×${resolutions[0]}, ${classes} classes`;
  const parts: [string, Rows][] = [
    [layerTitle(flags), layerRows(costs)],
    [`NormalCNN against MobileNetV1, ${at}`, wholeRows(costs)],
    [`MobileNetV1 by width and resolution, ${classes} classes`, gridRows(costs)],
    [`All networks, ${at}`, networkRows(costs)],
  ];
  return parts.map(([title, rows]) => `${title}\n\n${textTable(rows)}`).join('\n\n');
}

export function layerTitle({
  inputSize,
  inputChannels,
  outputChannels,
  kernel,
}: CostFlags): string {
  return `One layer: ${inputSize}×${inputSize}×${inputChannels} to ${outputChannels} channels, kernels of ${kernel}×${kernel}, no padding`;
}

export function layerRows({ layer }: Costs): Rows {
  return [
    ['', 'MACs'],
    ['standard', count(layer.standard)],
    ['depthwise', count(layer.depthwise)],
    ['pointwise', count(layer.pointwise)],
    ['separable', count(layer.separable)],
    ['separable / standard', layer.ratio.toFixed(4)],
    ['1/N + 1/D_K²', layer.formula.toFixed(4)],
  ];
}

export function wholeRows({ whole }: Costs): Rows {
  return [
    ['width', 'NormalCNN params', 'V1 params', 'ratio', 'NormalCNN MACs', 'V1 MACs', 'ratio'],
    ...whole.map(({ width, normalCnn, mobilenetV1, timesParams, timesMacs }) => [
      String(width),
      count(normalCnn.params),
      count(mobilenetV1.params),
      times(timesParams),
      millions(normalCnn.macs, 1),
      millions(mobilenetV1.macs, 1),
      times(timesMacs),
    ]),
  ];
}

export function gridRows({ grid }: Costs): Rows {
  return [
    ['width', 'pixels', 'params', 'MACs', 'paper’s params', 'MACs', 'accuracy', 'agrees'],
    ...grid.map((cell) => [
      String(cell.width),
      String(cell.resolution),
      count(cell.params),
      millions(cell.macs, 1),
      ...publishedCells(cell),
    ]),
  ];
}

function publishedCells({ published }: GridCost): string[] {
  if (published === undefined) return ['–', '–', '–', '–'];
  const { params, macs, accuracy, agrees } = published;
  return [
    `${params.toFixed(1)} M`,
    `${macs} M`,
    `${(accuracy * 100).toFixed(1)}%`,
    agrees ? 'yes' : 'NO',
  ];
}

export function networkRows({ networks }: Costs): Rows {
  return [
    ['network', 'width', 'params', 'MACs', 'weights'],
    ...networks.map(({ network, width, params, macs, bytes }: NetworkCost) => [
      network,
      String(width),
      count(params),
      millions(macs, 1),
      `${(bytes / 2 ** 20).toFixed(1)} MiB`,
    ]),
  ];
}
