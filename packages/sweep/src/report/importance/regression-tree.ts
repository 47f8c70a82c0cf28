import type { Random } from '@mnet/core/random';
import { grouped } from '../grouped.ts';
import type { Direction } from './space.ts';

// Breiman, Friedman, Olshen and Stone 1984, "Classification and Regression Trees"; Breiman 2001, "Random Forests". The trees are
// written here: of npm's libraries ml-random-forest 2.1 (with ml-cart 2.1) is the one that is kept up. It draws the keys once a
// tree instead of once a split, so that of a tree's keys the strongest hides the others; it takes words for numbers; and it
// keeps its splits private, which are all that is needed here.

/** A setting, placed in every direction, and what it reached. */
export interface Sample {
  readonly places: readonly number[];
  readonly value: number;
}

/** A part of the space along one direction: from where to where, or which words. */
export type Region =
  | { readonly from: number; readonly to: number }
  | { readonly words: ReadonlySet<number> };

/** A box of the space, in which a tree says the same everywhere. */
export interface Leaf {
  readonly value: number;
  /** One for each direction. */
  readonly box: readonly Region[];
}

interface Split {
  readonly direction: number;
  readonly below: Region;
  readonly above: Region;
  readonly error: number;
}

// Of many settings leaves hold more, or a tree would have thousands, which tell no more.
const fewestOfLeaf = (samples: number): number => Math.max(2, Math.ceil(samples / 100));

/**
 * Divides the space by where samples differ: into boxes, each with the mean of its samples, of which each split leaves the least sum
 * of squares.
 *
 * @param random draws two thirds of the directions anew for each split
 */
export function regressionTree(
  samples: readonly Sample[],
  directions: readonly Direction[],
  random: Random,
): Leaf[] {
  const leaves: Leaf[] = [];
  const fewest = fewestOfLeaf(samples.length);
  const whole = directions.map(
    ({ words }): Region =>
      words === undefined
        ? { from: 0, to: 1 }
        : { words: new Set(Array.from({ length: words }, (_, i) => i)) },
  );
  grow(samples, whole);
  return leaves;

  function grow(within: readonly Sample[], box: readonly Region[]): void {
    const split = bestSplit(within, box);
    if (split === undefined) {
      leaves.push({ value: sumOf(within) / within.length, box });
      return;
    }
    for (const side of [split.below, split.above]) {
      grow(
        within.filter(({ places }) => isIn(places[split.direction] as number, side)),
        box.map((region, i) => (i === split.direction ? side : region)),
      );
    }
  }

  function bestSplit(within: readonly Sample[], box: readonly Region[]): Split | undefined {
    if (within.length < 2 * fewest) return undefined;
    if (within.every(({ value }) => value === within[0]?.value)) return undefined;
    const order = random.shuffle(Int32Array.from(directions, (_, i) => i));
    const drawn = Math.ceil((2 * directions.length) / 3);
    let best: Split | undefined;
    for (const [i, direction] of order.entries()) {
      // Those that were not drawn are looked at where the others have nothing to split.
      if (i >= drawn && best !== undefined) break;
      const found = splitAlong(within, direction, box[direction] as Region, fewest);
      if (found !== undefined && found.error < (best?.error ?? Number.POSITIVE_INFINITY)) {
        best = found;
      }
    }
    return best;
  }
}

/** The best split of one direction; undefined where its samples do not differ, or too few would be left on one side. */
function splitAlong(
  within: readonly Sample[],
  direction: number,
  region: Region,
  fewest: number,
): Split | undefined {
  const placeOf = ({ places }: Sample): number => places[direction] as number;
  // Words in the order of their means: the best of all ways to part them parts that order (Breiman et al., theorem 4.5).
  const means = 'words' in region ? meansOf(within, placeOf) : undefined;
  const rank = (sample: Sample): number =>
    means === undefined ? placeOf(sample) : (means.get(placeOf(sample)) as number);
  const sorted = within.toSorted((a, b) => rank(a) - rank(b) || placeOf(a) - placeOf(b));
  const sum = sumOf(sorted);
  const squares = sorted.reduce((all, { value }) => all + value ** 2, 0);
  let [below, at, error] = [0, 0, Number.POSITIVE_INFINITY];
  for (let i = 1; i <= sorted.length - fewest; i++) {
    below += (sorted[i - 1] as Sample).value;
    if (i < fewest) continue;
    if (placeOf(sorted[i - 1] as Sample) === placeOf(sorted[i] as Sample)) continue;
    const left = squares - below ** 2 / i - (sum - below) ** 2 / (sorted.length - i);
    if (left < error) [at, error] = [i, left];
  }
  if (at === 0) return undefined;
  if (!('words' in region)) {
    const middle = (placeOf(sorted[at - 1] as Sample) + placeOf(sorted[at] as Sample)) / 2;
    return {
      direction,
      below: { from: region.from, to: middle },
      above: { from: middle, to: region.to },
      error,
    };
  }
  const lower = new Set(sorted.slice(0, at).map(placeOf));
  const higher = new Set(sorted.slice(at).map(placeOf));
  // Words that no sample here has go with the more samples.
  const unseen = [...region.words].filter((word) => !lower.has(word) && !higher.has(word));
  for (const word of unseen) (2 * at >= sorted.length ? lower : higher).add(word);
  return { direction, below: { words: lower }, above: { words: higher }, error };
}

function meansOf(
  within: readonly Sample[],
  placeOf: (sample: Sample) => number,
): Map<number, number> {
  const groups = grouped(within, placeOf);
  return new Map([...groups].map(([place, group]) => [place, sumOf(group) / group.length]));
}

function sumOf(samples: readonly Sample[]): number {
  return samples.reduce((sum, { value }) => sum + value, 0);
}

/** Whether a place is in a region: of numbers, its lower end is not in it, but for that of the whole. */
export function isIn(place: number, region: Region): boolean {
  if ('words' in region) return region.words.has(place);
  return (place > region.from || region.from === 0) && place <= region.to;
}
