import type { Launch } from './launch.ts';

/**
 * Those commands of a record of which anything comes: not the zeros that TensorFlow.js makes for outputs which nobody has
 * used, such as the statistics of a batch normalization.
 *
 * @param results numbers of the blocks that are read afterwards; those that were there before the record are too
 */
export function needed(launches: readonly Launch[], results: Iterable<number>): Launch[] {
  const read = new Set(results);
  const comes = ({ writes, unknown }: Launch): boolean =>
    unknown || writes.some(({ number }) => number < 0 || read.has(number));
  return launches
    .toReversed()
    .filter((launch) => {
      if (!comes(launch)) return false;
      for (const { number } of [...launch.reads, ...launch.writes]) read.add(number);
      return true;
    })
    .toReversed();
}
