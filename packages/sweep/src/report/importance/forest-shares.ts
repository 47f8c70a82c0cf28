import { summarize } from '@mnet/bench';
import { Random } from '@mnet/core/random';
import type { Factor } from '../factors.ts';
import type { Importance, Outcome, Share } from './shares.ts';
import { isIn, type Leaf, regressionTree, type Sample } from './regression-tree.ts';
import { directionOf } from './space.ts';
import { treeVariances } from './tree-variances.ts';

const trees = 64;

/**
 * fANOVA: what each key, and each two, explain of the variance of a forest of regression trees that was grown on the settings,
 * over the whole space between the values that were tried. The trees stand on samples with replacement, and are judged by the
 * settings that are not in theirs. Equal settings give equal shares.
 *
 * Source: Hutter, Hoos and Leyton-Brown 2014, "An Efficient Approach for Assessing Hyperparameter Importance", ICML.
 */
export function forestShares(outcomes: readonly Outcome[], factors: readonly Factor[]): Importance {
  const directions = factors.map(directionOf);
  const samples = outcomes.map(
    ({ values, reached }): Sample => ({
      places: directions.map(({ key, place }) => place(values[key])),
      value: summarize(reached).mean,
    }),
  );
  const guesses = samples.map((): number[] => []);
  const parts: { readonly alone: readonly number[]; readonly pairs: readonly number[][] }[] = [];
  for (let t = 0; t < trees; t++) {
    const random = new Random(t);
    const drawn = samples.map(() => random.below(samples.length));
    const leaves = regressionTree(
      drawn.map((i) => samples[i] as Sample),
      directions,
      random,
    );
    const { total, alone, pairs } = treeVariances(leaves, directions);
    if (total > 0) {
      parts.push({
        alone: alone.map((variance) => variance / total),
        pairs: pairs.map((each) => each.map((variance) => variance / total)),
      });
    }
    const inBag = new Set(drawn);
    for (const [i, { places }] of samples.entries()) {
      if (!inBag.has(i)) guesses[i]?.push(valueAt(places, leaves));
    }
  }
  const shareOf = (
    keys: readonly number[],
    of: (part: (typeof parts)[number]) => number,
  ): Share => {
    const { mean, std } = summarize(parts.length === 0 ? [0] : parts.map(of));
    return { keys: keys.map((i) => (factors[i] as Factor).key), share: mean, spread: std };
  };
  const single = factors.map((_, i) => shareOf([i], ({ alone }) => alone[i] as number));
  const pairs = factors.flatMap((_, i) =>
    factors
      .slice(i + 1)
      .map((__, k) => shareOf([i, i + 1 + k], (part) => part.pairs[i]?.[k] as number)),
  );
  const shares = [single, pairs].flatMap((each) => each.toSorted((a, b) => b.share - a.share));
  return {
    method: 'forest',
    shares,
    rest: Math.max(0, 1 - shares.reduce((sum, { share }) => sum + share, 0)),
    settings: samples.length,
    unseen: explained(samples, guesses),
  };
}

function valueAt(places: readonly number[], leaves: readonly Leaf[]): number {
  const found = leaves.find(({ box }) =>
    box.every((region, i) => isIn(places[i] as number, region)),
  );
  return (found as Leaf).value;
}

/** R² of the trees that have not seen a setting, over all that some tree has not. */
function explained(samples: readonly Sample[], guesses: readonly (readonly number[])[]): number {
  const judged = samples.flatMap(({ value }, i) => {
    const own = guesses[i] ?? [];
    return own.length === 0 ? [] : [{ value, guess: summarize(own).mean }];
  });
  if (judged.length < 2) return 0;
  const { mean } = summarize(judged.map(({ value }) => value));
  const error = judged.reduce((sum, { value, guess }) => sum + (value - guess) ** 2, 0);
  const around = judged.reduce((sum, { value }) => sum + (value - mean) ** 2, 0);
  return around === 0 ? 0 : 1 - error / around;
}
