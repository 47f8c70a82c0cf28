import { makeDivisible } from '@mnet/layers';
import type { Architecture, StemSpec } from './architecture.ts';
import type { BlockSpec } from './block-spec.ts';

/**
 * How a width multiplier acts on a table:
 * - `uniform`: every column times the width, rounded by {@link makeDivisible}. This is MobileNetV1's and V2's rule,
 *   and torchvision's for V3.
 * - `ratio`: as in the MobileNetV3 paper: the blocks' outputs are scaled, each inner width keeps its ratio to the
 *   scaled input of its block, and the stem and the dense layer keep their widths.
 */
type WidthRule = 'uniform' | 'ratio';

/** What {@link scaleWidth} takes. */
export interface WidthOptions {
  /** The multiplier, greater than 0. */
  width: number;
  /** Default `uniform`. */
  rule?: WidthRule;
  /** Whether the 1×1 convolution of the head shrinks too when the width is below 1; default true. */
  scaleHead?: boolean;
}

/** The table with every channel count times the width; at width 1 it is the table itself. */
export function scaleWidth(architecture: Architecture, options: WidthOptions): Architecture {
  const { width, rule = 'uniform', scaleHead = true } = options;
  if (width === 1) return architecture;
  const { stem, blocks, head = {} } = architecture;
  const scaled = (filters: number): number => makeDivisible(filters * width);
  const stemFilters = rule === 'ratio' ? stem.filters : scaled(stem.filters);
  let [before, after] = [stem.filters, stemFilters];
  const rows = blocks.map((row): BlockSpec => {
    const filters = scaled(row.filters);
    const input = { before, after };
    [before, after] = [row.filters, filters];
    if (row.block !== 'inverted' || row.expanded === undefined) return { ...row, filters };
    const expanded =
      rule === 'ratio'
        ? makeDivisible((row.expanded / input.before) * input.after)
        : scaled(row.expanded);
    return { ...row, filters, expanded };
  });
  const headWidth = scaleHead ? width : Math.max(1, width);
  // V3's head (the one with a hidden layer) keeps in torchvision its ratio, 6, to the scaled last block.
  const headFilters = (filters: number): number =>
    head.units !== undefined && rule === 'uniform'
      ? (filters / before) * after
      : makeDivisible(filters * headWidth);
  return {
    ...architecture,
    stem: { ...stem, filters: stemFilters },
    blocks: rows,
    head: {
      ...head,
      ...(head.filters !== undefined && { filters: headFilters(head.filters) }),
      ...(head.units !== undefined && rule === 'uniform' && { units: scaled(head.units) }),
    },
  };
}

/** The table with other strides in the rows named, counted from 1, and with the stem changed. */
export function restride(
  architecture: Architecture,
  stem: Partial<StemSpec>,
  strides: Readonly<Record<number, number>> = {},
): Architecture {
  const blocks = architecture.blocks.map((row, index) => {
    const stride = strides[index + 1];
    return stride === undefined ? row : { ...row, stride };
  });
  return { ...architecture, stem: { ...architecture.stem, ...stem }, blocks };
}
