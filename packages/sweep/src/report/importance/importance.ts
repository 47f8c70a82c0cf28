import { type Factor, levelOf } from '../factors.ts';
import { decimals } from '../words.ts';
import { forestShares } from './forest-shares.ts';
import { gridShares } from './grid-shares.ts';
import type { Importance, Outcome } from './shares.ts';

// Fewer leave a tree nothing to split, and nothing unseen to judge it by.
const fewestOfForest = 6;
// A forest that explains less than this of what it has not seen has learned nothing that is worth telling.
const leastUnseen = 0.3;

/**
 * How much of the metric's variance each key explains alone, and each two together: of a whole grid exactly, else by fANOVA over
 * a forest of regression trees.
 *
 * @returns a sentence where it cannot be told
 */
export function importanceOf(
  outcomes: readonly Outcome[],
  factors: readonly Factor[],
): Importance | string {
  const known = outcomes.filter(({ reached }) => reached.length > 0);
  if (known.length < 2) return 'Fewer than two settings have a result.';
  const all = known.flatMap(({ reached }) => reached);
  if (all.every((value) => value === all[0])) return 'All runs reached the same.';
  const repeated = isRepeated(known);
  if (isGrid(known, factors)) {
    if (factors.length > 1 || repeated) return gridShares(known, factors, repeated);
    return 'One key was varied, from one seed: all that differs comes with it.';
  }
  if (known.length < fewestOfForest) {
    return `${known.length} settings that are no whole grid are too few to tell their keys apart.`;
  }
  const found = forestShares(known, factors);
  const { unseen = 0 } = found;
  if (unseen < leastUnseen) {
    return `It cannot be told from these ${known.length} settings: what is learned from some of them does not predict the others (R² ${decimals(unseen)}).`;
  }
  return found;
}

/** Whether every setting was made from the same number of seeds, at least two. */
function isRepeated(outcomes: readonly Outcome[]): boolean {
  const seeds = outcomes[0]?.reached.length ?? 0;
  return seeds > 1 && outcomes.every(({ reached }) => reached.length === seeds);
}

/** Whether there is every combination of the values, once. */
function isGrid(outcomes: readonly Outcome[], factors: readonly Factor[]): boolean {
  const cells = new Set(
    outcomes.map(({ values }) => factors.map(({ key }) => levelOf(values[key])).join('\n')),
  );
  const combinations = factors.reduce((product, { levels }) => product * levels.length, 1);
  return cells.size === outcomes.length && cells.size === combinations;
}
