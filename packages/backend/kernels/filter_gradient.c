// The gradient of a convolution by its filter, and Aᵀ·B: W[tap][c][n] = Σ x[place][c] · dy[place][n] over the places where
// the tap's window lies in the image.
//
// The rows of x and dy that a pass meets are first copied side by side, x in strips of ROWS channels and dy in panels of
// PANEL columns: in place many lie a power of two apart and push each other out of the L1 cache. A copied row serves every
// tile of the chunk, so the copy costs some percent; rows that are short and follow each other stay in place.
//
// With few input channels, as in a network's first layer, the taps of a row of the window are joined: they are consecutive
// in memory, and fill the strips that single taps would leave half empty.
//
// Chunk = slice × block of columns × block of channels × tap, the tap's number running fastest.
#include "commands.h"
#include "inside.h"
#include "tile.h"

/** Places a pass: long enough to make loading and storing the sums cheap. */
#define PASS 128

/**
 * Floats from a strip and from a panel to the next: a line more than they hold, for the parts of a row go to the same
 * place in each, and a power of two between them would put all into one set of the L1 cache.
 */
#define STRIP (PASS * ROWS + 16)
#define PANEL_ROOM (PASS * PANEL + 16)

/** The rows of one pass. */
struct pass {
  const float *x, *dy;
  /** Floats from a place to the next, and from a strip or panel to the next. */
  size_t x_step, strip, dy_step, panel;
  i32 count;
  /** Of the chunk. */
  i32 channels, columns;
  /** Where its sums go: floats from a channel to the next, and whether they are added. */
  float *out;
  size_t out_step;
  int add;
  /** Where rows are copied to; null where they stay. */
  float *strips, *panels;
};

/** Stores a row of a tile that has fewer columns than its vectors hold. */
static NOINLINE void store_gradient_row(const vec *row, float *to, i32 columns, int add) {
  for (i32 j = 0; j < columns; j += LANES, row++) {
    const i32 n = columns - j;
    store_up_to(to + j, add ? *row + load_up_to(to + j, n) : *row, n);
  }
}

/** out[0..rows][0..columns] (+)= Σ strip · panel. A strip is read as whole; `columns` are those of the panel's vectors. */
INLINE void gradient_tile(const int vecs, const struct pass *p, const float *x, const float *dy, float *out, i32 rows, i32 columns) {
  vec sum[ROWS][VECS];
  UNROLLED
  for (int r = 0; r < ROWS; r++) {
    UNROLLED
    for (int j = 0; j < vecs; j++) sum[r][j] = splat(0);
  }
  const size_t x_step = p->x_step, dy_step = p->dy_step, out_step = p->out_step;
  NOT_UNROLLED
  for (i32 k = p->count; k > 0; k--, x += x_step, dy += dy_step) {
    vec v[VECS];
    UNROLLED
    for (int j = 0; j < vecs; j++) v[j] = load(dy + j * LANES);
    UNROLLED
    for (int r = 0; r < ROWS; r++) {
      const vec a = load_splat(x + r);
      UNROLLED
      for (int j = 0; j < vecs; j++) sum[r][j] = madd(a, v[j], sum[r][j]);
      UNROLLED
      for (int j = 0; j < vecs; j++) IN_TURN(sum[r][j]);
    }
  }
  if (rows < ROWS || columns < vecs * LANES) {
    UNROLLED
    for (int r = 0; r < ROWS; r++, out += out_step) {
      vec row[VECS];
      UNROLLED
      for (int j = 0; j < vecs; j++) row[j] = sum[r][j];
      if (r < rows) store_gradient_row(row, out, columns, p->add);
    }
  } else if (p->add) {
    UNROLLED
    for (int r = 0; r < ROWS; r++, out += out_step) {
      UNROLLED
      for (int j = 0; j < vecs; j++) store(out + j * LANES, sum[r][j] + load(out + j * LANES));
    }
  } else {
    UNROLLED
    for (int r = 0; r < ROWS; r++, out += out_step) {
      UNROLLED
      for (int j = 0; j < vecs; j++) store(out + j * LANES, sum[r][j]);
    }
  }
}

#define GRADIENT_TILE(vecs) \
  static NOINLINE void gradient_tile_##vecs(const struct pass *p, const float *x, const float *dy, float *out, i32 rows, i32 columns) { \
    gradient_tile(vecs, p, x, dy, out, rows, columns); \
  }
GRADIENT_TILE(1)
GRADIENT_TILE(2)
#if VECS > 2
GRADIENT_TILE(3)
#endif

/** All tiles of one pass, panel by panel: the strips of a chunk fit the L1 cache, its panels may not. */
static void pass_tiles(const struct pass *p) {
  const float *dy = p->dy;
  for (i32 j = 0; j < p->columns; j += PANEL, dy += p->panel) {
    const i32 columns = least(PANEL, p->columns - j);
    const float *x = p->x;
    for (i32 c = 0; c < p->channels; c += ROWS, x += p->strip) {
      float *out = p->out + c * p->out_step + j;
      const i32 rows = least(ROWS, p->channels - c);
      switch (vectors_of(columns)) {
        case 1: gradient_tile_1(p, x, dy, out, rows, columns); break;
        case 2: gradient_tile_2(p, x, dy, out, rows, columns); break;
#if VECS > 2
        default: gradient_tile_3(p, x, dy, out, rows, columns); break;
#endif
      }
    }
  }
}

/** Copies numbers of one place into strips or panels of `width`, `step` floats from one to the next; zeros fill the last. */
INLINE void copy_parts(const float *from, float *to, size_t step, i32 count, const int width) {
  for (; count >= width; count -= width, from += width, to += step)
    copy(to, from, width);
  if (count == 0) return;
  for (int i = 0; i < width; i += LANES) {
    const i32 n = count - i;
    store_up_to(to + i, n > 0 ? load_up_to(from + i, n) : splat(0), width - i);
  }
}

INLINE void copy_dy(const struct pass *p, const float *dy, size_t along, i32 places) {
  float *to = p->panels + p->count * PANEL;
  for (i32 i = 0; i < places; i++, to += PANEL) copy_parts(dy + i * along, to, PANEL_ROOM, p->columns, PANEL);
}

/** Counts places that were copied, and adds a whole pass to the sums. */
INLINE void end_places(struct pass *p, i32 places) {
  p->count += places;
  if (p->count < PASS) return;
  pass_tiles(p);
  p->add = 1;
  p->count = 0;
}

/** Adds places to the sums: their rows of x and of dy lie `across` and `along` floats apart. */
static NOINLINE void add_places(struct pass *p, const float *x, size_t across, const float *dy, size_t along, i32 places) {
  while (places > 0) {
    const i32 taken = least(places, PASS - p->count);
    if (p->count == 0) {
      if (p->strips == NULL) p->x = x;
      if (p->panels == NULL) p->dy = dy;
    }
    if (p->strips != NULL) {
      float *to = p->strips + p->count * ROWS;
      for (i32 i = 0; i < taken; i++, to += ROWS) copy_parts(x + i * across, to, STRIP, p->channels, ROWS);
    }
    if (p->panels != NULL) copy_dy(p, dy, along, taken);
    x += taken * across;
    dy += taken * along;
    places -= taken;
    end_places(p, taken);
  }
}

/** Adds the places of a row of joined taps, whose windows reach over the image's sides: what lies outside is 0. */
static NOINLINE void add_windows(struct pass *p, const struct filter_gradient *c, const float *x, i32 left, const float *dy, float *window) {
  const i32 pixel = c->channels, channels = pixel * c->kernel_width, inside = c->input_width - c->kernel_width;
  for (i32 places = c->output_width; places > 0;) {
    const i32 taken = least(places, PASS - p->count);
    float *to = p->strips + p->count * ROWS;
    for (i32 i = 0; i < taken; i++, to += ROWS, left += c->stride_width, x += c->stride_width * pixel) {
      const float *from = x;
      if (left < 0 || left > inside) {
        const i32 skip = most(0, -left) * pixel, end = least(channels, (c->input_width - left) * pixel);
        clear(window, channels);
        if (end > skip) copy(window + skip, x + skip, end - skip);
        from = window;
      }
      copy_parts(from, to, STRIP, channels, ROWS);
    }
    copy_dy(p, dy, c->columns, taken);
    dy += taken * c->columns;
    places -= taken;
    end_places(p, taken);
  }
}

static void filter_gradient(const struct filter_gradient *c, i32 chunk) {
  // What counts as channels and as taps.
  const i32 pixel = c->channels, channels = c->joined ? pixel * c->kernel_width : pixel;
  const i32 taps_x = c->joined ? 1 : c->kernel_width, taps = c->kernel_height * taps_x, n = c->columns;
  const i32 channel_blocks = ceil_div(channels, c->channels_per_chunk), column_blocks = ceil_div(n, c->columns_per_chunk);
  const i32 tap = chunk % taps;
  chunk /= taps;
  const i32 first_channel = chunk % channel_blocks * c->channels_per_chunk;
  chunk /= channel_blocks;
  const i32 first_column = chunk % column_blocks * c->columns_per_chunk, slice = chunk / column_blocks;
  struct pass p = {
    .channels = least(channels - first_channel, c->channels_per_chunk),
    .columns = least(n - first_column, c->columns_per_chunk),
    .out = at(c->out) + ((size_t)(slice * taps + tap) * channels + first_channel) * n + first_column,
    .out_step = n,
    .add = c->add,
  };
  // Outputs oy … oy_end − 1 by ox … ox_end − 1 have this tap inside the image; of joined taps, all outputs of a row.
  const i32 offset_y = tap / taps_x * c->dilation_height - c->pad_top, offset_x = tap % taps_x * c->dilation_width - c->pad_left;
  const i32 oy = first_inside(offset_y, c->stride_height), oy_end = end_inside(offset_y, c->stride_height, c->input_height, c->output_height);
  const i32 ox = c->joined ? 0 : first_inside(offset_x, c->stride_width);
  const i32 ox_end = c->joined ? c->output_width : end_inside(offset_x, c->stride_width, c->input_width, c->output_width);
  const i32 image = start_of(slice, c->slices, c->batch), image_end = start_of(slice + 1, c->slices, c->batch);
  if (oy_end <= oy || ox_end <= ox || image_end == image) {
    // A tap that never meets the image.
    if (!c->add)
      for (i32 i = 0; i < p.channels; i++) clear(p.out + i * p.out_step, p.columns);
    return;
  }
  const size_t across = (size_t)c->stride_width * pixel, along = n;
  // Copied values: strips, panels, and one row of joined taps.
  float *strips = scratch, *panels = strips + ceil_div(p.channels, ROWS) * STRIP;
  float *window = panels + (size_t)ceil_div(p.columns, PANEL) * PANEL_ROOM;
  p.x = p.strips = c->x_stays ? NULL : strips;
  p.dy = p.panels = c->dy_stays ? NULL : panels;
  p.x_step = c->x_stays ? across : ROWS;
  p.strip = c->x_stays ? ROWS : STRIP;
  p.dy_step = c->dy_stays ? along : PANEL;
  p.panel = c->dy_stays ? PANEL : PANEL_ROOM;
  const float *xs = at(c->x) + (size_t)tap * c->x_tap + first_channel;
  const float *dys = at(c->dy) + (size_t)tap * c->dy_tap + first_column;
  if (!c->joined && c->input_height * c->input_width == 1 && c->output_height * c->output_width == 1) {
    // Images of one pixel follow each other as the pixels of a row do.
    add_places(&p, xs + (size_t)image * pixel, pixel, dys + (size_t)image * along, along, image_end - image);
  } else {
    for (i32 i = image; i < image_end; i++) {
      for (i32 y = oy; y < oy_end; y++) {
        const size_t row = (size_t)(i * c->input_height + y * c->stride_height + offset_y) * c->input_width;
        const i32 left = ox * c->stride_width + offset_x;
        const float *x = xs + (row * pixel + (ptrdiff_t)left * pixel);
        const float *dy = dys + ((size_t)(i * c->output_height + y) * c->output_width + ox) * n;
        if (c->joined) add_windows(&p, c, x, left, dy, window);
        else add_places(&p, x, across, dy, along, ox_end - ox);
      }
    }
  }
  if (p.count > 0) pass_tiles(&p);
}

/** Adds slices in their order: out = Σ parts[s]. Chunk = run of floats. */
static void sum_slices(const struct sum_slices *c, i32 chunk) {
  const i32 per = ceil_div(c->size, 4 * c->chunks) * 4, end = least(c->size, (chunk + 1) * per);
  for (i32 i = chunk * per; i < end; i += LANES) {
    const float *from = at(c->parts) + i;
    vec sum = load_up_to(from, end - i);
    for (i32 s = 1; s < c->slices; s++) sum += load_up_to(from + (size_t)s * c->size, end - i);
    store_up_to(at(c->out) + i, sum, end - i);
  }
}
