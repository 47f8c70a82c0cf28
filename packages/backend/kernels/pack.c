// Packs the right-hand matrix of a product into panels of PANEL columns: panel p holds, for each k, the values of its
// columns, zeros past the last. Chunk = panel.
//
// Reversed: tap (ky, kx) comes where (ky, width − 1 − kx) was, which is the order in which the gradient of a convolution
// of stride 1 meets ascending columns.
#include "commands.h"
#include "tile.h"
#include "transpose.h"

/** Numbers of a column that lie side by side in a line of the cache: read at once, for columns a power of two apart push
 *  each other out. */
#define LINE_FLOATS 16

/** Rows `step` floats apart become columns of rows of `width` floats: `columns` of them, `inner` numbers of each; gives how many. */
static i32 transposed(const float *from, size_t step, i32 columns, i32 inner, float *to, i32 width) {
  const i32 whole = inner & ~3;
  for (i32 i = 0; i < whole; i += LINE_FLOATS) {
    const i32 end = least(whole, i + LINE_FLOATS);
    i32 j = 0;
    for (; j + 4 <= columns; j += 4)
      for (i32 k = i; k < end; k += 4) transpose_four(from + j * step + k, step, to + (size_t)k * width + j, width);
    for (; j < width; j++)
      for (i32 k = i; k < end; k++) to[(size_t)k * width + j] = j < columns ? from[j * step + k] : 0;
  }
  return whole;
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
    // A transposed matrix: inner steps are neighbours.
    if (c->inner_step == 1) {
      i = transposed(from, c->column_step, columns, c->inner, to, width);
      from += i;
      to += (size_t)i * width;
    }
    for (; i < c->inner; i++, from += c->inner_step, to += width)
      for (i32 j = 0; j < width; j++) to[j] = j < columns ? from[j * (size_t)c->column_step] : 0;
  }
}
