import type { Value } from '../../config.ts';

/**
 * What a search may set a key to. It is plain JSON that reads as the call that makes it: `logUniform(1e-4, 1)` is
 * `{ "logUniform": [1e-4, 1] }`.
 */
export type SearchRange =
  | {
      readonly uniform:
        | readonly [low: number, high: number]
        | readonly [low: number, high: number, step: number];
    }
  | { readonly logUniform: readonly [low: number, high: number] }
  | {
      readonly integer:
        | readonly [low: number, high: number]
        | readonly [low: number, high: number, step: number];
    }
  | { readonly logInteger: readonly [low: number, high: number] }
  | { readonly choice: readonly Value[] };

/** What a search sets: a range for each key. */
export type SearchRanges = Readonly<Record<string, SearchRange>>;
