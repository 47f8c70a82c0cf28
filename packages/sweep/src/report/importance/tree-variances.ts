import type { Leaf, Region } from './regression-tree.ts';
import type { Direction } from './space.ts';

/** The variance of a tree over the whole space, and what of it each direction, and each two, have. */
export interface TreeVariances {
  readonly total: number;
  /** One a direction. */
  readonly alone: readonly number[];
  /** By [first][second less first less 1]: beyond what each has alone. */
  readonly pairs: readonly (readonly number[])[];
}

/** The pieces that a tree's splits cut a direction into. */
interface Pieces {
  /** Of the direction, from 0 to 1. */
  readonly lengths: readonly number[];
  /** Which of them a region covers. */
  readonly of: (region: Region) => readonly number[];
}

/**
 * The functional analysis of variance of a tree, all places of the space being equally likely: since it is constant in boxes,
 * the mean over all other directions, its marginal, is a sum over its leaves.
 *
 * Source: Hutter, Hoos and Leyton-Brown 2014, "An Efficient Approach for Assessing Hyperparameter Importance", ICML, section 3.
 */
export function treeVariances(
  leaves: readonly Leaf[],
  directions: readonly Direction[],
): TreeVariances {
  const lengths = leaves.map(({ box }) => box.map((region, i) => lengthOf(region, directions[i])));
  const volumes = lengths.map((each) => each.reduce((product, length) => product * length, 1));
  const mean = leaves.reduce((sum, { value }, i) => sum + value * (volumes[i] as number), 0);
  const total = leaves.reduce(
    (sum, { value }, i) => sum + (volumes[i] as number) * (value - mean) ** 2,
    0,
  );
  const pieces = directions.map((direction, i) =>
    piecesOf(
      leaves.map(({ box }) => box[i] as Region),
      direction,
    ),
  );
  const covered = leaves.map(({ box }) => box.map((region, i) => (pieces[i] as Pieces).of(region)));

  const alone = directions.map((_, i) => marginal([i]));
  const pairs = directions.map((_, i) =>
    directions
      .slice(i + 1)
      .map((__, k) =>
        Math.max(0, marginal([i, i + 1 + k]) - (alone[i] as number) - (alone[i + 1 + k] as number)),
      ),
  );
  return { total, alone, pairs };

  /** The variance of the mean over all directions but these one or two. */
  function marginal(kept: readonly number[]): number {
    const [first, second] = kept.map((i) => pieces[i] as Pieces);
    const columns = second?.lengths.length ?? 1;
    const values = new Float64Array((first as Pieces).lengths.length * columns);
    for (const [l, { value }] of leaves.entries()) {
      const [rows, across] = kept.map((i) => covered[l]?.[i] ?? []);
      const own = kept.reduce((product, i) => product * (lengths[l]?.[i] ?? 1), 1);
      const part = (value * (volumes[l] as number)) / own;
      for (const row of rows ?? []) {
        if (across === undefined) values[row] = (values[row] as number) + part;
        for (const column of across ?? []) {
          values[row * columns + column] = (values[row * columns + column] as number) + part;
        }
      }
    }
    return values.reduce((sum, value, at) => {
      const likely =
        (first?.lengths[Math.floor(at / columns)] as number) * (second?.lengths[at % columns] ?? 1);
      return sum + likely * (value - mean) ** 2;
    }, 0);
  }
}

function lengthOf(region: Region, direction: Direction | undefined): number {
  if ('words' in region) return region.words.size / (direction?.words ?? 1);
  return region.to - region.from;
}

function piecesOf(regions: readonly Region[], { words }: Direction): Pieces {
  if (words !== undefined) {
    return {
      lengths: Array.from({ length: words }, () => 1 / words),
      of: (region) => ('words' in region ? [...region.words] : []),
    };
  }
  const ends = regions.flatMap((region) => ('words' in region ? [] : [region.from, region.to]));
  const cuts = [...new Set(ends)].toSorted((a, b) => a - b);
  const places = new Map(cuts.map((cut, i) => [cut, i]));
  return {
    lengths: cuts.slice(1).map((cut, i) => cut - (cuts[i] as number)),
    of: (region) => {
      if ('words' in region) return [];
      const from = places.get(region.from) as number;
      return Array.from({ length: (places.get(region.to) as number) - from }, (_, i) => from + i);
    },
  };
}
