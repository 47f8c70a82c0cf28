// Packs the right-hand matrix of a product into panels of PANEL columns: panel p holds, for each k, the values of its
// columns, zeros past the last. Chunk = panel.
//
// Reversed: tap (ky, kx) comes where (ky, width − 1 − kx) was, which is the order in which the gradient of a convolution
// of stride 1 meets ascending columns.
#include "commands.h"
#include "tile.h"
#include "transpose.h"

static void pack_panels(const struct pack_panels *c, i32 chunk) {
  const i32 columns = columns_from(chunk, c->columns), width = vectors_of(columns) * LANES;
  const float *source = at(c->source) + (size_t)chunk * PANEL * c->column_step;
  float *to = at(c->packed) + panel_start(chunk, c->taps * c->inner);
  for (i32 t = 0; t < c->taps; t++) {
    const i32 tap = c->reverse > 0 ? t - t % c->reverse + (c->reverse - 1 - t % c->reverse) : t;
    const float *from = source + (size_t)tap * c->tap_step;
    if (c->column_step == 1) {
      for (i32 i = 0; i < c->inner; i++, from += c->inner_step, to += width) {
        i32 j = 0;
        for (; j + LANES <= columns; j += LANES) store(to + j, load(from + j));
        if (j < columns) store(to + j, load_part(from + j, columns - j));
      }
      continue;
    }
    // Else the matrix is transposed, and inner steps are neighbours.
    transpose(from, c->column_step, columns, c->inner, to, width, width);
    to += (size_t)c->inner * width;
  }
}
