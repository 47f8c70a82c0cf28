import type { TensorInfo, Variable } from '@tensorflow/tfjs-core';
import type { MnetBackend } from '../backend.ts';
import { writable } from './in-place.ts';

/** Floats a chunk, and words of a row (kernels/table.h). */
const RUN = 16384;
const ROW = 12;

/** A row: the arrays that a launch goes over together, all of one length. */
export interface TableRow {
  /** Changed in place. */
  readonly variable?: Variable;
  /** Read alone. */
  readonly operand: TensorInfo;
  /** Changed in place too; undefined where the launch has no such state. */
  readonly states?: readonly (Variable | undefined)[];
  readonly decay?: number;
  /** Of the learning rate; default 1. */
  readonly rateFactor?: number;
}

/** A table that lies in the memory. */
interface Table {
  /** Its address, and its rows. */
  readonly table: number;
  readonly rows: number;
  /** Of all rows. */
  readonly chunks: number;
}

/**
 * Writes a table (see kernels/table.h) for the command that `use` launches, once. Rows without elements are left out;
 * `use` is not called where none is left.
 */
export function withTable(
  backend: MnetBackend,
  rows: readonly TableRow[],
  use: (table: Table) => void,
): void {
  const filled = rows.filter(({ operand }) => !operand.shape.includes(0));
  if (filled.length === 0) return;
  const words = new Uint32Array(filled.length * ROW);
  const floats = new Float32Array(words.buffer);
  let chunks = 0;
  filled.forEach((row, i) => {
    const at = i * ROW;
    const size = row.operand.shape.reduce((a, b) => a * b, 1);
    const operand = backend.address(row.operand);
    // What is only read stands in the first column.
    const arrays = row.variable ? [writable(backend, row.variable), operand] : [operand];
    const states = (row.states ?? []).map((state) => (state ? writable(backend, state) : 0));
    words.set(
      [...arrays, ...states].map((address) => address / 4),
      at,
    );
    words[at + 5] = size;
    floats[at + 6] = row.decay ?? 0;
    floats[at + 7] = row.rateFactor ?? 1;
    words[at + 8] = chunks;
    chunks += Math.ceil(size / RUN);
  });
  backend.notRecorded('takes a table from JavaScript');
  const staged = backend.device.stage(words);
  if (staged === undefined)
    throw new Error(`mnet: ${filled.length} variables are too many at once`);
  use({ table: staged, rows: filled.length, chunks });
}
