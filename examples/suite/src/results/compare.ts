import { summarize } from '@mnet/bench';
import { resultGroups } from '@mnet/cli';
import type { Outcome } from './kept.ts';

/** How a row that was made again stands beside what was kept of it. */
export interface Comparison {
  /** A sentence a line. */
  readonly lines: readonly string[];
  /** Whether every training that both have ended with the same bits; undefined where that cannot be asked. */
  readonly sameBits: boolean | undefined;
}

/** Compares trainings of the same seeds by the bits of their weights, and others, or those that a time ends, by their accuracy. */
export function compare(again: Outcome, before: Outcome, isTimed = false): Comparison {
  if (isTimed) {
    return {
      lines: ['bits: not compared, a time decides the epochs', ...accuracies(again, before)],
      sameBits: undefined,
    };
  }
  const both = Object.keys(again.digests).filter((folder) => folder in before.digests);
  const differ = both.filter((folder) => again.digests[folder] !== before.digests[folder]);
  if (again.rounding !== before.rounding) {
    return {
      lines: [
        `bits: not compared, these kernels round otherwise (${again.rounding}, not ${before.rounding})`,
        ...accuracies(again, before),
      ],
      sameBits: undefined,
    };
  }
  if (both.length === 0) return { lines: accuracies(again, before), sameBits: undefined };
  const same = both.length - differ.length;
  return {
    lines: [
      `bits: ${same} of ${both.length} trainings ended with the weights that were kept`,
      ...differ.map((folder) => `  others: ${folder}`),
      ...(differ.length > 0 ? accuracies(again, before) : []),
    ],
    sameBits: differ.length === 0,
  };
}

/** Each arm's test accuracy, and whether it lies within two standard deviations of the mean that was kept. */
function accuracies(again: Outcome, before: Outcome): string[] {
  return resultGroups(again.results).flatMap((group) => {
    const [{ arm, width }] = group;
    const earlier = before.results.filter((each) => each.arm === arm && each.width === width);
    const tests = (list: Outcome['results']): number[] =>
      list.flatMap(({ testAccuracy }) => (testAccuracy === undefined ? [] : 100 * testAccuracy));
    const [now, then] = [tests(group), tests(earlier)];
    if (now.length === 0 || then.length < 2) return [];
    const { mean, std } = summarize(then);
    const [here, off] = [summarize(now).mean, Math.abs(summarize(now).mean - mean)];
    const found = `${here.toFixed(2)} % (n = ${now.length}), kept ${mean.toFixed(2)} ± ${std.toFixed(2)} % (n = ${then.length})`;
    const apart = std === 0 ? 'apart' : `${(off / std).toFixed(1)} standard deviations apart`;
    return [
      `${arm} ×${width}: ${found}: ${off <= 2 * std ? 'within two standard deviations' : apart}`,
    ];
  });
}
