/** How many colours the style sheet has: `--c0` and so on. */
export const colourCount = 8;

/** How a curve is drawn: a colour, and dashes where the colours were all taken before. */
export interface Look {
  readonly colour: number;
  readonly dashed: boolean;
}

/**
 * Numbers of looks by key. What has one keeps it; the others take the next in their order, so that a run looks the same
 * whatever comes after it.
 *
 * @param keys runs or groups, by date
 */
export function looksOf(
  keys: readonly string[],
  known: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, number> {
  const looks = new Map(known);
  let next = known.size === 0 ? 0 : Math.max(...known.values()) + 1;
  for (const key of keys) if (!looks.has(key)) looks.set(key, next++);
  return looks;
}

/** The look of a number of {@link looksOf}. */
export function lookOf(number: number): Look {
  return {
    colour: number % colourCount,
    dashed: Math.floor(number / colourCount) % 2 === 1,
  };
}
