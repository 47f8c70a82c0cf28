// How a matrix is read along its columns: four by four numbers are turned at once.
#pragma once
#include "kernel.h"

/** Four by four numbers: the columns of rows `step` floats apart become rows `to_step` floats apart. */
INLINE void transpose_four(const float *from, size_t step, float *to, size_t to_step) {
  const four a = load_four(from), b = load_four(from + step), c = load_four(from + 2 * step), d = load_four(from + 3 * step);
  const four ab = SHUFFLED(a, b, 0, 4, 1, 5), cd = SHUFFLED(c, d, 0, 4, 1, 5);
  const four ab2 = SHUFFLED(a, b, 2, 6, 3, 7), cd2 = SHUFFLED(c, d, 2, 6, 3, 7);
  store_four(to, SHUFFLED(ab, cd, 0, 1, 4, 5));
  store_four(to + to_step, SHUFFLED(ab, cd, 2, 3, 6, 7));
  store_four(to + 2 * to_step, SHUFFLED(ab2, cd2, 0, 1, 4, 5));
  store_four(to + 3 * to_step, SHUFFLED(ab2, cd2, 2, 3, 6, 7));
}

/** Numbers of a column that lie side by side in a line of the cache: read at once, for columns a power of two apart push
 *  each other out. */
#define LINE_FLOATS 16

/**
 * to[k][j] = from[j][k] of `inner` numbers k and `columns` columns j, 0 in the columns up to `width`; columns lie `step`
 * floats apart, rows of `to` lie `to_step` apart.
 */
static void transpose(const float *from, size_t step, i32 columns, i32 inner, float *to, size_t to_step, i32 width) {
  for (i32 i = 0; i < inner; i += LINE_FLOATS) {
    const i32 end = least(inner, i + LINE_FLOATS), fours = i + ((end - i) & ~3);
    for (i32 j = 0; j < width; j++) {
      i32 k = i;
      if (j + 4 <= columns) {
        for (; k < fours; k += 4) transpose_four(from + j * step + k, step, to + k * to_step + j, to_step);
        for (; k < end; k++)
          for (int n = 0; n < 4; n++) to[k * to_step + j + n] = from[(j + n) * step + k];
        j += 3;
      } else {
        for (; k < end; k++) to[k * to_step + j] = j < columns ? from[j * step + k] : 0;
      }
    }
  }
}
