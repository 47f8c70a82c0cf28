// A piece of a launch over elements.
#pragma once
#include "kernel.h"

/** Elements that the pieces of a launch are multiples of, in all builds: they decide no bit, but tails are rarer. */
#define UNIT 16

/** Elements start … end of a piece. */
struct run {
  i32 start, end;
};

INLINE struct run run_of(i32 chunk, i32 chunks, i32 count) {
  const i32 units = ceil_div(count, UNIT);
  return (struct run){start_of(chunk, chunks, units) * UNIT, least(count, start_of(chunk + 1, chunks, units) * UNIT)};
}
