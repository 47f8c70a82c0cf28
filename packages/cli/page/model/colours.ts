import type { RunRow } from '../../src/watch/protocol.ts';
import { byDate } from './lines.ts';

/** How many colours the style sheet has: `--c0` and so on. */
export const colourCount = 8;

/** How a curve is drawn: a colour, and dashes where the colours were all taken before. */
export interface Look {
  readonly colour: number;
  readonly dashed: boolean;
}

/**
 * Looks of runs by id. One that has a look keeps it; the others take the next in the order of their dates, so that a run
 * looks the same after those that came later.
 */
export function looksOf(
  rows: readonly RunRow[],
  known: ReadonlyMap<string, number> = new Map(),
): Map<string, number> {
  const looks = new Map(known);
  let next = known.size === 0 ? 0 : Math.max(...known.values()) + 1;
  for (const { id } of rows.toSorted(byDate)) if (!looks.has(id)) looks.set(id, next++);
  return looks;
}

/** The look of a number of {@link looksOf}. */
export function lookOf(number: number): Look {
  return {
    colour: number % colourCount,
    dashed: Math.floor(number / colourCount) % 2 === 1,
  };
}
