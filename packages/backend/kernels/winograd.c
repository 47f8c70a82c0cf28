// A 3 × 3 convolution of stride 1 as products of transformed tiles (winograd_lines.h): every tile of the image and the
// filter are transformed, at each of the kind × kind points one matrix product runs over all tiles (matmul.c, and
// filter_gradient.c for the gradient by the filter), and the products are transformed back.
//
// Transformed values lie by point: [point][tile][channel].
#include "commands.h"
#include "tile.h"
#include "transpose.h"
#include "winograd_lines.h"

/** Where a tile's numbers lie: floats from a row and from a column of it to the next. */
struct layout {
  size_t row, column;
};

/** Transforms along columns, then along rows: n lanes from TAKES × TAKES places to GIVES × GIVES. */
INLINE void transform(const int kind, const enum transformed what, const float *from, struct layout in, float *to, struct layout out, const i32 n) {
  const int takes = TAKES(kind, what), gives = GIVES(kind, what);
  vec half[6][6];
  for (int j = 0; j < takes; j++) {
    vec v[6], t[6];
    for (int i = 0; i < takes; i++) v[i] = load_up_to(from + i * in.row + j * in.column, n);
    line(kind, what, v, t);
    for (int i = 0; i < gives; i++) half[i][j] = t[i];
  }
  for (int i = 0; i < gives; i++) {
    vec t[6];
    line(kind, what, half[i], t);
    for (int j = 0; j < gives; j++) store_up_to(to + i * out.row + j * out.column, t[j], n);
  }
}

/** A tile in the scratch memory, vectors row by row. */
static const struct layout in_scratch = {6 * LANES, LANES};

/** Transforms tiles of images, or of an output's gradient. Chunk = run of tiles. */
INLINE void input_tiles(const struct winograd_input *c, i32 chunk, const int kind, const enum transformed what) {
  const i32 side = TAKES(kind, what), high = c->tiles_high, wide = c->tiles_wide, channels = c->channels;
  const i32 tiles = c->images * high * wide, end = start_of(chunk + 1, c->chunks, tiles);
  const struct layout image = {(size_t)c->width * channels, channels};
  const struct layout points = {kind * (size_t)c->point_step, c->point_step};
  for (i32 t = start_of(chunk, c->chunks, tiles); t < end; t++) {
    const i32 top = t / wide % high * OUTPUTS_OF(kind) - c->pad_top, left = t % wide * OUTPUTS_OF(kind) - c->pad_left;
    const int inside = top >= 0 && left >= 0 && top + side <= c->height && left + side <= c->width;
    const float *source = at(c->source) + (size_t)(t / (high * wide)) * c->height * image.row;
    float *to = at(c->out) + (size_t)t * channels;
    for (i32 k = 0; k < channels; k += LANES) {
      const i32 n = channels - k;
      if (inside) {
        const float *from = source + top * image.row + left * image.column + k;
        if (n >= LANES) transform(kind, what, from, image, to + k, points, LANES);
        else transform(kind, what, from, image, to + k, points, n);
        continue;
      }
      for (i32 y = 0; y < side; y++) {
        for (i32 x = 0; x < side; x++) {
          const int outside = (u32)(top + y) >= (u32)c->height || (u32)(left + x) >= (u32)c->width;
          const vec v = outside ? splat(0) : load_up_to(source + (top + y) * image.row + (left + x) * image.column + k, n);
          store(scratch + y * in_scratch.row + x * in_scratch.column, v);
        }
      }
      if (n >= LANES) transform(kind, what, scratch, in_scratch, to + k, points, LANES);
      else transform(kind, what, scratch, in_scratch, to + k, points, n);
    }
  }
}

static void winograd_input(const struct winograd_input *c, i32 chunk) {
  if (c->kind == SIX && c->gradient) input_tiles(c, chunk, SIX, OUTPUT_GRADIENT);
  else if (c->kind == SIX) input_tiles(c, chunk, SIX, INPUT);
  else if (c->gradient) input_tiles(c, chunk, THREE, OUTPUT_GRADIENT);
  else input_tiles(c, chunk, THREE, INPUT);
}

/** act(Aᵀ·m·A + bias) of every tile. Chunk = run of tiles. */
INLINE void output_tiles(const struct winograd_output *c, i32 chunk, const int kind) {
  const i32 side = OUTPUTS_OF(kind), high = c->tiles_high, wide = c->tiles_wide, channels = c->channels;
  const i32 tiles = c->images * high * wide, end = start_of(chunk + 1, c->chunks, tiles);
  const struct layout points = {kind * (size_t)c->point_step, c->point_step};
  const float *bias = at(c->bias);
  for (i32 t = start_of(chunk, c->chunks, tiles); t < end; t++) {
    const i32 top = t / wide % high * side, left = t % wide * side;
    const i32 rows = least(side, c->height - top), columns = least(side, c->width - left);
    float *target = at(c->target) + (((size_t)(t / (high * wide)) * c->height + top) * c->width + left) * channels;
    const float *from = at(c->products) + (size_t)t * channels;
    for (i32 k = 0; k < channels; k += LANES) {
      const i32 n = channels - k;
      if (n >= LANES) transform(kind, OUTPUT, from + k, points, scratch, in_scratch, LANES);
      else transform(kind, OUTPUT, from + k, points, scratch, in_scratch, n);
      const vec add = bias == NULL ? splat(0) : load_up_to(bias + k, n);
      for (i32 y = 0; y < rows; y++) {
        for (i32 x = 0; x < columns; x++) {
          const vec v = load(scratch + y * in_scratch.row + x * in_scratch.column);
          store_up_to(target + ((size_t)y * c->width + x) * channels + k, activate(v + add, c->activation), n);
        }
      }
    }
  }
}

static void winograd_output(const struct winograd_output *c, i32 chunk) {
  if (c->kind == SIX) output_tiles(c, chunk, SIX);
  else output_tiles(c, chunk, THREE);
}

/** Inner steps that are read together where they are neighbours: of columns or of these one always is. */
#define STEPS 16

/**
 * G·g·Gᵀ of a filter, packed in panels for the products; turned round for the gradient by the input. Chunk = panel.
 */
INLINE void filter_panel(const struct winograd_filter *c, i32 chunk, const int kind) {
  const i32 columns = columns_from(chunk, c->columns), width = vectors_of(columns) * LANES;
  const struct layout taps = {3 * LANES, LANES}, points = {kind * (size_t)c->point_step, c->point_step};
  const float *filter = at(c->filter) + (size_t)chunk * PANEL * c->column_step;
  float *packed = at(c->packed) + panel_start(chunk, c->inner);
  const i32 together = c->column_step == 1 ? 1 : STEPS;
  for (i32 k = 0; k < c->inner; k += together) {
    const i32 steps = least(together, c->inner - k);
    for (i32 j = 0; j < width; j += LANES) {
      const i32 n = columns - j;
      for (i32 tap = 0; tap < 9; tap++) {
        const float *from = filter + (size_t)(c->turned ? 8 - tap : tap) * c->tap_step + (size_t)k * c->inner_step + (size_t)j * c->column_step;
        float *to = scratch + tap * LANES;
        if (c->column_step == 1) store(to, load_up_to(from, n));
        else transpose(from, c->column_step, least(n, LANES), steps, to, 9 * LANES, LANES);
      }
      for (i32 step = 0; step < steps; step++)
        transform(kind, FILTER, scratch + step * 9 * LANES, taps, packed + (size_t)(k + step) * width + j, points, LANES);
    }
  }
}

static void winograd_filter(const struct winograd_filter *c, i32 chunk) {
  if (c->kind == SIX) filter_panel(c, chunk, SIX);
  else filter_panel(c, chunk, THREE);
}

/** Gᵀ·du·G: the filter's gradient, [tap][inner][columns] of [point][inner][columns]. Chunk = run of floats. */
INLINE void gradient_taps(const struct winograd_filter_gradient *c, i32 chunk, const int kind) {
  // `size` is a multiple of 4, and so are the pieces.
  const i32 end = 4 * start_of(chunk + 1, c->chunks, c->size / 4);
  const struct layout points = {kind * (size_t)c->size, c->size}, taps = {3 * (size_t)c->size, c->size};
  for (i32 i = 4 * start_of(chunk, c->chunks, c->size / 4); i < end; i += LANES) {
    const i32 n = end - i;
    if (n >= LANES) transform(kind, FILTER_GRADIENT, at(c->transformed) + i, points, at(c->out) + i, taps, LANES);
    else transform(kind, FILTER_GRADIENT, at(c->transformed) + i, points, at(c->out) + i, taps, n);
  }
}

static void winograd_filter_gradient(const struct winograd_filter_gradient *c, i32 chunk) {
  if (c->kind == SIX) gradient_taps(c, chunk, SIX);
  else gradient_taps(c, chunk, THREE);
}
