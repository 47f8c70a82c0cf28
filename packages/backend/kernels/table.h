// The table of variables that one launch goes over; its rows are written by src/kernels/table.ts. Chunk = run of one variable.
#pragma once
#include "kernel.h"

/** Floats a chunk. */
#define RUN 16384

struct table_row {
  /** p, g, then up to three states; 0 where there is none. */
  ref arrays[5];
  i32 size;
  float decay, rate_factor;
  /** Of all rows before it. */
  i32 first_chunk;
  i32 spare[3];
};
_Static_assert(sizeof(struct table_row) == 48, "rows of 12 words");

/** Floats start … end of one row. */
struct table_run {
  const struct table_row *row;
  i32 start, end;
};

/** The row of a chunk, the last whose first chunk is not after it, and its part. */
INLINE struct table_run table_run_of(ref table, i32 rows, i32 chunk) {
  const struct table_row *row = (const struct table_row *)at(table);
  i32 low = 0, high = rows - 1;
  while (low < high) {
    const i32 middle = (low + high + 1) / 2;
    if (row[middle].first_chunk <= chunk) low = middle;
    else high = middle - 1;
  }
  row += low;
  const i32 start = (chunk - row->first_chunk) * RUN;
  return (struct table_run){row, start, least(row->size, start + RUN)};
}
