import { type Factor, levelOf } from '../factors.ts';
import { grouped } from '../grouped.ts';
import type { Importance, Outcome, Share } from './shares.ts';

// A variance that was estimated from fewer degrees of freedom says little of what comes by chance.
const fewestFreedoms = 4;

/**
 * The classical analysis of variance of a whole grid, in which every combination of the values stands once: the shares of the sum
 * of squares (η²). A key's is that of its levels' means around the mean; a pair's is that of the means of both, less what each
 * has alone. Where settings were made from several seeds, what is left within them is the seeds'. Exact, and all parts add up to 1.
 *
 * What a key that does nothing gets of that by chance is its degrees of freedom times the variance of the error: that of the
 * seeds, else that of three and more keys together (of two keys, that of their pair).
 *
 * @param repeated whether each setting was made from the same number of seeds, at least two; else the settings' means are taken
 */
export function gridShares(
  outcomes: readonly Outcome[],
  factors: readonly Factor[],
  repeated: boolean,
): Importance {
  const cells = outcomes.map(({ values, reached }) => ({
    levels: factors.map(({ key }) => levelOf(values[key])),
    mean: meanOf(reached),
    reached,
  }));
  const mean = meanOf(cells.map((cell) => cell.mean));
  const squares = (of: readonly number[]): number => {
    const groups = grouped(cells, ({ levels }) => of.map((i) => levels[i]).join('\n'));
    return [...groups.values()].reduce(
      (sum, group) =>
        sum + (group.length / cells.length) * (meanOf(group.map((each) => each.mean)) - mean) ** 2,
      0,
    );
  };
  const seeds = repeated ? (cells[0]?.reached.length ?? 1) : 1;
  const within = repeated
    ? meanOf(cells.map((cell) => meanOf(cell.reached.map((value) => (value - cell.mean) ** 2))))
    : 0;
  const between = meanOf(cells.map((cell) => (cell.mean - mean) ** 2));
  const total = between + within;

  const freedoms = factors.map(({ levels }) => levels.length - 1);
  const alone = factors.map((_, i) => squares([i]));
  const pairs = factors.flatMap((_, i) =>
    factors.slice(i + 1).map((__, k) => {
      const j = i + 1 + k;
      return {
        of: [i, j],
        variance: Math.max(0, squares([i, j]) - (alone[i] as number) - (alone[j] as number)),
      };
    }),
  );
  const single = alone.map((variance, i) => ({ of: [i], variance }));
  const explained = [...single, ...pairs].reduce((sum, { variance }) => sum + variance, 0);
  const rest = Math.max(0, between - explained);

  // A pair of the only two keys cannot be told from chance without seeds.
  const isError = (of: readonly number[]): boolean =>
    !repeated && factors.length === 2 && of.length === 2;
  const freedomsOf = (of: readonly number[]): number =>
    of.reduce((product, i) => product * (freedoms[i] as number), 1);
  const error = errorOf();
  const shareOf = ({ of, variance }: { of: number[]; variance: number }): Share => ({
    keys: of.map((i) => (factors[i] as Factor).key),
    share: variance / total,
    ...(error !== undefined &&
      !isError(of) && { chance: Math.min(1, (freedomsOf(of) * error) / total) }),
  });
  return {
    method: 'grid',
    shares: [single, pairs].flatMap((each) =>
      each.toSorted((a, b) => b.variance - a.variance).map(shareOf),
    ),
    rest: rest / total,
    ...(repeated && { seeds: within / total }),
    settings: cells.length,
  };

  /** The variance that one degree of freedom of the error has, in the unit of `total`; undefined where it is not known well enough. */
  function errorOf(): number | undefined {
    const [variance, free] = repeated
      ? [within, cells.length * (seeds - 1)]
      : factors.length === 2
        ? [pairs[0]?.variance ?? 0, freedomsOf([0, 1])]
        : [
            rest,
            cells.length -
              1 -
              [...single, ...pairs].reduce((sum, { of }) => sum + freedomsOf(of), 0),
          ];
    return free < fewestFreedoms ? undefined : variance / free;
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
