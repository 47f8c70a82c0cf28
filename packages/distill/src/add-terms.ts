/**
 * Adds a loss's terms to those of the losses before it. Where one of its names is taken, all of its terms get the first
 * number that leaves them free: `kd`, `kd_1`, `kd_2`.
 */
export function addTerms<T>(terms: Record<string, T>, parts: Readonly<Record<string, T>>): void {
  const entries = Object.entries(parts);
  const numbered = (name: string, n: number): string => (n === 0 ? name : `${name}_${n}`);
  let n = 0;
  while (entries.some(([name]) => Object.hasOwn(terms, numbered(name, n)))) n += 1;
  for (const [name, value] of entries) terms[numbered(name, n)] = value;
}
