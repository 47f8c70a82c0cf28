import type { Random } from '@mnet/core/random';

/** A normal variable of mean 0 and deviation 1 (Box and Muller). */
export function gauss(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
  return radius * Math.cos(2 * Math.PI * random.uniform());
}
