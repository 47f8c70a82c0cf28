// Four by four numbers turned: how a matrix is read along its columns.
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
