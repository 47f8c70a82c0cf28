// How kernels of two operands go through them where one of them repeats.
#pragma once
#include "commands.h"

/** Rows along the third axis: where the first begins in either operand, and how many there are. */
struct pair {
  const float *a, *b;
  i32 rows;
};

/** From row `row` of a command with the words PAIRED on, up to row `end`. */
#define PAIR_AT(c, row, end) \
  pair_at(at((c)->a), at((c)->b), row, end, (c)->second, (c)->third, \
    (const i32[]){(c)->a_first, (c)->a_second, (c)->a_third}, (const i32[]){(c)->b_first, (c)->b_second, (c)->b_third})

INLINE struct pair pair_at(const float *a, const float *b, i32 row, i32 end, i32 second, i32 third, const i32 a_steps[3], const i32 b_steps[3]) {
  const i32 above = row / third, z = row - above * third, x = above / second, y = above - x * second;
  return (struct pair){
    a + (size_t)x * a_steps[0] + (size_t)y * a_steps[1] + (size_t)z * a_steps[2],
    b + (size_t)x * b_steps[0] + (size_t)y * b_steps[1] + (size_t)z * b_steps[2],
    least(end - row, third - z),
  };
}
