/** Bytes from `start` up to `end`. */
export type Range = readonly [start: number, end: number];

/** A block that a recorded command names. */
export interface NamedBlock {
  /** From 0 those that the record took, each time anew; below 0 those that were there before. */
  readonly number: number;
  readonly range: Range;
}

/** A recorded command, and the blocks that it names. */
export interface Launch {
  readonly words: Int32Array;
  readonly reads: readonly NamedBlock[];
  /** It may read these too. */
  readonly writes: readonly NamedBlock[];
  /** Whether it may change anything: it names blocks by a table. */
  readonly unknown: boolean;
}
