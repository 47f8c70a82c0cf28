import { custom } from '@mnet/core/options';

/** How the values of one direction are placed and written. */
export interface Axis {
  /** What the values are, with their unit, such as `step` or `MACs`. */
  readonly label: string;
  /** By their logarithm; values of 0 and below are left out. Default false. */
  readonly log?: boolean;
  /** A value as the axis and the tooltips show it; default three digits and a unit, such as `2.24M`. */
  readonly format?: (value: number) => string;
  /** Marks at whole numbers only, as of epochs. Default false. */
  readonly whole?: boolean;
  /** The lowest value that must be on it; default the lowest there is. */
  readonly from?: number;
  /** The highest value that must be on it; default the highest there is. */
  readonly to?: number;
}

/** Checks an {@link Axis}. */
export const axisTaken = custom<Axis>(
  'an axis, such as { label: "epoch" }',
  (value) => typeof (value as Axis | null)?.label === 'string',
);

/** Which of the page's eight colours, from 0; a ninth is drawn in the first again. */
export function colourClass(colour: number): string {
  return `c${colour % 8}`;
}

/** How a line is drawn, so that two of one colour are told apart: what comes after the eighth colour is dotted. */
export function lineClass(colour: number, dashed = false): string {
  const pattern = dashed ? ' dashed' : colour >= 8 ? ' dotted' : '';
  return `line ${colourClass(colour)}${pattern}`;
}
