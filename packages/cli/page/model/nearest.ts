/**
 * The place in a list, sorted upwards, whose value is nearest.
 *
 * @returns −1 of an empty list
 */
export function nearest(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  const [before, at] = [sorted[low - 1], sorted[low]];
  if (before !== undefined && at !== undefined && value - before < at - value) return low - 1;
  return Math.min(low, sorted.length - 1);
}
