import type { ResolvedArchitecture } from './architecture.ts';

/**
 * Each block's share of stochastic depth. It rises in a straight line over the blocks with a shortcut, from 0 at the first
 * to `rate` at the last, as in timm's ResNets; a single one has `rate`. The other blocks have 0.
 *
 * @throws RangeError if the rate is above 0 and no block has a shortcut
 */
export function dropPathRates(table: ResolvedArchitecture, rate: number): readonly number[] {
  const shortcuts = withShortcut(table);
  const last = shortcuts.filter(Boolean).length - 1;
  if (rate > 0 && last < 0) {
    throw new RangeError(
      `dropPath: got ${rate}, and no block of '${table.name}' has a shortcut, takes 0`,
    );
  }
  let place = 0;
  const next = (): number => (last === 0 ? rate : (rate * place++) / last);
  return shortcuts.map((has) => (has ? next() : 0));
}

/** Whether each block adds its input to its branch, or a projection of it. */
function withShortcut({ stem, blocks }: ResolvedArchitecture): readonly boolean[] {
  let channels = stem.filters;
  return blocks.flatMap((row) =>
    Array.from({ length: row.repeat }, (_, i) => {
      const keepsShape = channels === row.filters && (i > 0 || row.stride === 1);
      channels = row.filters;
      return row.block === 'basic' || (row.block === 'inverted' && keepsShape);
    }),
  );
}
