/**
 * The points that no other one beats: none costs less, or as much, and reaches more (Pareto's front).
 *
 * @returns those points, in the order of x
 */
export function front<P extends { readonly x: number; readonly y: number }>(
  points: readonly P[],
): P[] {
  let best = Number.NEGATIVE_INFINITY;
  return points
    .toSorted((a, b) => a.x - b.x || b.y - a.y)
    .filter(({ y }) => {
      if (!(y > best)) return false;
      best = y;
      return true;
    });
}
