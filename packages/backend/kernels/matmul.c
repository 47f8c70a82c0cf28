// C[M, N] = act(A[M, K] · B[K, N] + bias) with B packed: matrix products, dense layers and pointwise convolutions.
// Chunk = half of the rows × product × block of panels × block of rows, the last running fastest.
#include "commands.h"
#include "tile.h"

/** Bytes of panels that stay in a 48 KB L1 beside the rows of A that meet them. */
#define L1_PANELS 24576

static void matmul(const struct matmul *c, i32 chunk) {
  const i32 row_blocks = ceil_div(c->m, c->rows_per_chunk), panels = ceil_div(c->n, PANEL);
  const i32 panel_blocks = ceil_div(panels, c->panels_per_chunk);
  const struct place place = halved(chunk, row_blocks, c->chunks / row_blocks);
  const i32 row = place.block * c->rows_per_chunk, rows = least(c->rows_per_chunk, c->m - row);
  const i32 panel = place.other % panel_blocks * c->panels_per_chunk, end = least(panel + c->panels_per_chunk, panels);
  const i32 product = place.other / panel_blocks;
  const float *a = at(c->a) + (size_t)product * c->a_product + (size_t)row * c->a_step;
  const float *packed = at(c->packed) + (size_t)product * c->packed_product;
  const float *bias = at(c->bias);
  float *out = at(c->c) + (size_t)product * c->c_product + (size_t)row * c->c_step;
  struct segment segment = {.row = 0, .length = c->k};
  struct product p = {.segments = &segment, .count = 1, .a_step = c->a_step, .c_step = c->c_step, .activation = c->activation};
  // Where the chunk's panels fit the L1 cache, a tile's rows meet all of them, so that C is written in order; otherwise
  // one panel at a time meets all rows.
  const i32 block = (i64)(end - panel) * PANEL * 4 * c->k <= L1_PANELS ? ROWS : rows;
  for (i32 r = 0; r < rows; r += block) {
    segment.a = a + (size_t)r * c->a_step;
    for (i32 i = panel; i < end; i++) {
      p.panel = packed + panel_start(i, c->k);
      p.columns = columns_from(i, c->n);
      p.bias = bias == NULL ? NULL : bias + i * PANEL;
      float *to = out + (size_t)r * c->c_step + i * PANEL;
      if (c->m == 1) single(&p, to);
      else column(&p, least(block, rows - r), to);
    }
  }
}
