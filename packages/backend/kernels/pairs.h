// How kernels of two operands go through them where one of them repeats.
#pragma once
#include "commands.h"
#include "run.h"

/** Rows along the third axis, or a run of the elements where there is one row. */
struct pairs {
  /** Where the first begins in either operand. */
  const float *a, *b;
  /** Where it begins in the result, in elements. */
  size_t out;
  /** How many rows there are, and elements of each. */
  i32 rows, count;
  /** What of the chunk comes after them. */
  i32 next;
};

/** What a chunk takes of a command with the words PAIRED: rows, or elements where there is one row. */
#define PAIRS_OF(c, chunk) \
  ((c)->inner == (c)->count ? run_of(chunk, (c)->chunks, (c)->count) \
  : (struct run){start_of(chunk, (c)->chunks, (c)->count / (c)->inner), start_of((chunk) + 1, (c)->chunks, (c)->count / (c)->inner)})

/** Of what a chunk takes, what lies evenly from `from` on. Commands with the words PAIRED begin as `binary` does. */
static NOINLINE struct pairs pairs_from(const struct binary *c, i32 from, i32 end) {
  const float *a = at(c->a), *b = at(c->b);
  if (c->inner == c->count)
    return (struct pairs){c->mode == SINGLE_A ? a : a + from, c->mode == SINGLE_B ? b : b + from, from, 1, end - from, end};
  const i32 above = from / c->third, z = from - above * c->third, x = above / c->second, y = above - x * c->second;
  const i32 rows = least(end - from, c->third - z);
  return (struct pairs){
    a + (size_t)x * c->a_first + (size_t)y * c->a_second + (size_t)z * c->a_third,
    b + (size_t)x * c->b_first + (size_t)y * c->b_second + (size_t)z * c->b_third,
    (size_t)from * c->inner, rows, c->inner, from + rows,
  };
}
