// Packs the right-hand matrix of a product into panels of PANEL columns: panel p holds, for each k, the values of its
// columns, zeros past the last. Chunk = panel.
//
// Reversed: tap (ky, kx) comes where (ky, width − 1 − kx) was, which is the order in which the gradient of a convolution
// of stride 1 meets ascending columns.
#include "commands.h"
#include "tile.h"

/** Four by four numbers: the columns of rows `step` floats apart become rows `to_step` floats apart. */
INLINE void transpose_four(const float *from, size_t step, float *to, size_t to_step) {
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++) to[i * to_step + j] = from[j * step + i];
}

static void pack_panels(const struct pack_panels *c, i32 chunk) {
  const i32 columns = columns_from(chunk, c->columns), width = vectors_of(columns) * LANES;
  const float *source = at(c->source) + (size_t)chunk * PANEL * c->column_step;
  float *to = at(c->packed) + panel_start(chunk, c->taps * c->inner);
  for (i32 t = 0; t < c->taps; t++) {
    const i32 tap = c->reverse > 0 ? t - t % c->reverse + (c->reverse - 1 - t % c->reverse) : t;
    const float *from = source + (size_t)tap * c->tap_step;
    i32 i = 0;
    if (c->column_step == 1) {
      for (; i < c->inner; i++, from += c->inner_step, to += width) {
        i32 j = 0;
        for (; j + LANES <= columns; j += LANES) store(to + j, load(from + j));
        if (j < columns) store(to + j, load_part(from + j, columns - j));
      }
      continue;
    }
    // A transposed matrix: inner steps are neighbours, so four of them by four columns make a square.
    if (c->inner_step == 1) {
      for (; i + 4 <= c->inner; i += 4, from += 4, to += 4 * width) {
        i32 j = 0;
        for (; j + 4 <= columns; j += 4) transpose_four(from + j * (size_t)c->column_step, c->column_step, to + j, width);
        for (; j < width; j++)
          for (int k = 0; k < 4; k++) to[k * width + j] = j < columns ? from[j * (size_t)c->column_step + k] : 0;
      }
    }
    for (; i < c->inner; i++, from += c->inner_step, to += width)
      for (i32 j = 0; j < width; j++) to[j] = j < columns ? from[j * (size_t)c->column_step] : 0;
  }
}
