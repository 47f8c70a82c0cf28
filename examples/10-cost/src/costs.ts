import {
  createModel,
  listModels,
  modelCost,
  type ModelName,
  type SeparableCost,
  separableCost,
} from '@mnet/models';
import type { CostFlags } from './flags.ts';
import { agrees, type PublishedCost, publishedOf } from './published.ts';

/** What one network costs. */
export interface NetworkCost {
  readonly network: ModelName;
  readonly width: number;
  /** Height and width of the pictures. */
  readonly resolution: number;
  /** Values that training changes by gradients. */
  readonly params: number;
  /** Multiply-adds of convolutions and dense layers for one picture. */
  readonly macs: number;
  /** Of all weights as float32. */
  readonly bytes: number;
}

/** One cell of MobileNetV1's grid, and what the paper prints of it. */
export interface GridCost extends NetworkCost {
  readonly published?: PublishedCost & { readonly agrees: boolean };
}

/** All that is counted: `results.json`. */
export interface Costs {
  readonly classes: number;
  readonly layer: SeparableCost & { readonly formula: number };
  /** NormalCNN and MobileNetV1 of the same width, and how many times the first costs the second. */
  readonly whole: readonly {
    readonly width: number;
    readonly normalCnn: NetworkCost;
    readonly mobilenetV1: NetworkCost;
    readonly timesParams: number;
    readonly timesMacs: number;
  }[];
  /** MobileNetV1 at each width and resolution. */
  readonly grid: readonly GridCost[];
  /** Every network at each width, at the first resolution. */
  readonly networks: readonly NetworkCost[];
}

/** Counts all; nothing is run. A backend must be active, to hold the weights. */
export function countCosts(flags: CostFlags, signal: AbortSignal): Costs {
  const { widths, resolutions, classes } = flags;
  const known = new Map<string, NetworkCost>();
  const cost = (network: ModelName, width: number, resolution: number): NetworkCost => {
    signal.throwIfAborted();
    const key = `${network} ${width} ${resolution}`;
    const counted = known.get(key) ?? costOf(network, width, resolution, classes);
    known.set(key, counted);
    return counted;
  };
  const first = resolutions[0] as number;
  const networks = listModels().flatMap((name) => widths.map((width) => cost(name, width, first)));
  return {
    classes,
    layer: layerCost(flags),
    whole: widths.map((width) => {
      const normalCnn = cost('normal_cnn', width, first);
      const mobilenetV1 = cost('mobilenet_v1', width, first);
      const timesParams = normalCnn.params / mobilenetV1.params;
      return {
        width,
        normalCnn,
        mobilenetV1,
        timesParams,
        timesMacs: normalCnn.macs / mobilenetV1.macs,
      };
    }),
    grid: widths.flatMap((width) =>
      resolutions.map((resolution) => {
        const ours = cost('mobilenet_v1', width, resolution);
        const printed = publishedOf(width, resolution, classes);
        if (printed === undefined) return ours;
        return { ...ours, published: { ...printed, agrees: agrees(ours, printed) } };
      }),
    ),
    networks,
  };
}

function costOf(
  network: ModelName,
  width: number,
  resolution: number,
  classes: number,
): NetworkCost {
  const inputShape = [resolution, resolution, 3];
  const model = createModel(network, { width, classes, inputShape, strides: 'paper', seed: 1 });
  const { params, macs, bytes } = modelCost(model);
  model.dispose();
  return { network, width, resolution, params, macs, bytes };
}

function layerCost({
  inputSize,
  inputChannels,
  outputChannels,
  kernel,
}: CostFlags): Costs['layer'] {
  const layer = separableCost({ inputSize, inputChannels, outputChannels, kernel });
  return { ...layer, formula: 1 / outputChannels + 1 / kernel ** 2 };
}
