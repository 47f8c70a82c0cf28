/** The most trials that count as good. */
const most = 25;

/** How many of so many trials count as good: min(⌈γ · n⌉, 25). */
export function goodCount(trials: number, gamma: number): number {
  // 0.07 · 100 is a little more than 7.
  return Math.min(Math.ceil(gamma * trials * (1 - 1e-12)), most);
}
