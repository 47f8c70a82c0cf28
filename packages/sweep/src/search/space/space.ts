import type { Value } from '../../config.ts';
import type { Axis } from './axis.ts';
import { lineAxis } from './line-axis.ts';
import type { SearchRange, SearchRanges } from './range.ts';

/** One place on each axis of a space, in their order. */
export type Places = readonly number[];

/** All settings that ranges allow. */
export class Space {
  readonly keys: readonly string[];
  readonly axes: readonly Axis[];
  /** How many settings there are; infinite where a range's numbers are not counted. */
  readonly size: number;

  constructor(ranges: SearchRanges) {
    this.keys = Object.keys(ranges);
    this.axes = Object.values(ranges).map(axisOf);
    this.size = this.axes.reduce((product, { size }) => product * size, 1);
  }

  values(places: Places): Record<string, Value> {
    return Object.fromEntries(
      this.axes.map((axis, i) => [this.keys[i], axis.value(places[i] as number)] as const),
    );
  }
}

function axisOf(range: SearchRange): Axis {
  if ('choice' in range) {
    const values = range.choice;
    return { kind: 'choice', size: values.length, value: (place) => values[place] as Value };
  }
  if ('uniform' in range) {
    const [low, high, step] = range.uniform;
    return lineAxis({ low, high, log: false, ...(step !== undefined && { step }) });
  }
  if ('logUniform' in range) {
    const [low, high] = range.logUniform;
    return lineAxis({ low, high, log: true });
  }
  if ('integer' in range) {
    const [low, high, step = 1] = range.integer;
    return lineAxis({ low, high, log: false, step });
  }
  const [low, high] = range.logInteger;
  return lineAxis({ low, high, log: true, step: 1 });
}
