// Depthwise convolution, NHWC, channel multiplier 1: forward and gradient by the input.
//
// Channels lie side by side, so lanes are channels and every tap is one multiply-add on consecutive loads. Only taps
// inside the image are visited.
#include "activation.h"
#include "ahead.h"
#include "commands.h"

/** What all places of a row have in common. */
struct depthwise_row {
  const struct depthwise *c;
  const float *source, *filter;
  /** Floats from a tap to the next: backwards where they are reversed. */
  ptrdiff_t tap;
  /** The window's first row in the image, and which of its rows lie in it. */
  i32 top, first, end;
  /** Of a place; LINEAR where the whole row is activated in the end. */
  i32 activation;
  /** What the row after this one reads and this one does not. */
  struct ahead next;
};

/** Fetches the piece that belongs to the vector of channels from k on. */
INLINE void fetch_next(const struct depthwise_row *row, i32 k) { fetch_piece(row->next, k / LANES, ceil_div(row->c->channels, LANES)); }

/** Taps of an axis that lie in the image, from `first` to before `end`. */
INLINE void taps_inside(i32 start, i32 kernel, i32 dilation, i32 size, i32 *first, i32 *end) {
  *first = start < 0 ? least(kernel, ceil_div(-start, dilation)) : 0;
  *end = kernel;
  while (*end > *first && start + (*end - 1) * dilation >= size) --*end;
}

/** One place, n channels in `vecs` vectors from channel k on. */
INLINE void place_channels(const struct depthwise_row *row, const int vecs, i32 left, i32 kx, i32 kx_end, float *to, i32 k, i32 n) {
  const struct depthwise *c = row->c;
  const float *bias = at(c->bias);
  vec sum[4];
  for (int j = 0; j < vecs; j++) sum[j] = bias == NULL ? splat(0) : load_up_to(bias + k + j * LANES, n - j * LANES);
  const size_t step = (size_t)c->dilation_width * c->channels;
  for (i32 y = row->first; y < row->end; y++) {
    const float *from = row->source + ((ptrdiff_t)(row->top + y * c->dilation_height) * c->input_width + left + kx * c->dilation_width) * c->channels + k;
    const float *f = row->filter + (y * c->kernel_width + kx) * row->tap + k;
    for (i32 x = kx; x < kx_end; x++, from += step, f += row->tap)
      for (int j = 0; j < vecs; j++) sum[j] = madd(load_up_to(f + j * LANES, n - j * LANES), load_up_to(from + j * LANES, n - j * LANES), sum[j]);
  }
  for (int j = 0; j < vecs; j++) store_up_to(to + k + j * LANES, activate(sum[j], row->activation), n - j * LANES);
}

/** One place: the channels from k on, the taps inside the image. */
static void depthwise_place(const struct depthwise_row *row, i32 ox, float *to, i32 k) {
  const struct depthwise *c = row->c;
  const i32 left = ox * c->stride_width - c->pad_left;
  i32 kx, kx_end;
  taps_inside(left, c->kernel_width, c->dilation_width, c->input_width, &kx, &kx_end);
  for (; k + 4 * LANES <= c->channels; k += 4 * LANES) place_channels(row, 4, left, kx, kx_end, to, k, 4 * LANES);
  for (; k + LANES <= c->channels; k += LANES) place_channels(row, 1, left, kx, kx_end, to, k, LANES);
  if (k < c->channels) place_channels(row, 1, left, kx, kx_end, to, k, c->channels - k);
}

/** Most places whose sums lie in registers at a time: with the weights of a row of 5 and a column they fill 14 vectors. */
#define PLACES 8

/**
 * `places` places side by side, n channels from k on: each column of the input is loaded once a row of the window and added to
 * the outputs that it touches. Every output is summed in the order of place_channels; it is not activated yet.
 */
INLINE void block_channels(const struct depthwise_row *row, const int kernel, const int stride, const int places, i32 left, float *to, i32 k, const i32 n) {
  const struct depthwise *c = row->c;
  const size_t pixel = c->channels;
  const float *bias = at(c->bias);
  const vec base = bias == NULL ? splat(0) : load_up_to(bias + k, n);
  vec sum[PLACES];
  for (int j = 0; j < places; j++) sum[j] = base;
  for (i32 y = row->first; y < row->end; y++) {
    const float *from = row->source + ((ptrdiff_t)(row->top + y * c->dilation_height) * c->input_width + left) * (ptrdiff_t)pixel + k;
    const float *f = row->filter + y * kernel * row->tap + k;
    vec w[5];
    for (int x = 0; x < kernel; x++) w[x] = load_up_to(f + x * row->tap, n);
    UNROLLED
    for (int i = 0; i < (places - 1) * stride + kernel; i++, from += pixel) {
      if ((u32)(left + i) >= (u32)c->input_width) continue;
      const vec v = load_up_to(from, n);
      UNROLLED
      for (int j = 0; j < places; j++) {
        const int x = i - j * stride;
        if (x >= 0 && x < kernel) sum[j] = madd(w[x], v, sum[j]);
      }
    }
  }
  for (int j = 0; j < places; j++) store_up_to(to + j * pixel + k, sum[j], n);
}

/** As a block, place by place. */
static void depthwise_places(const struct depthwise_row *row, i32 ox, i32 places, float *to, i32 k) {
  struct depthwise_row linear = *row;
  linear.activation = LINEAR;
  for (i32 j = 0; j < places; j++) depthwise_place(&linear, ox + j, to + (size_t)j * row->c->channels, k);
}

/** A row of the output in blocks; the last one lies over the one before where the row is no multiple of it. */
INLINE void blocks(const struct depthwise_row *row, const int kernel, const int stride, const int places, float *to) {
  const struct depthwise *c = row->c;
  const i32 last = c->output_width - places;
  for (i32 k = 0; k < c->channels; k += LANES) {
    const i32 n = c->channels - k;
    fetch_next(row, k);
    for (i32 ox = 0;; ox = least(ox + places, last)) {
      const i32 left = ox * stride - c->pad_left;
      float *out = to + (size_t)ox * c->channels;
      if (n >= LANES) block_channels(row, kernel, stride, places, left, out, k, LANES);
      else if (BRIEF) depthwise_places(row, ox, places, out, k);
      else block_channels(row, kernel, stride, places, left, out, k, n);
      if (ox == last) break;
    }
  }
}

/** y = act(y) of a row, which lies in the L1 cache. Within the blocks it would be compiled into each kind of them. */
INLINE void activate_row(float *y, i32 count, const int act) {
  for (i32 i = 0; i < count; i += LANES) store_up_to(y + i, activate(load_up_to(y + i, count - i), act), count - i);
}

/** Whether the row was computed in blocks: windows of 3 and 5 columns, side by side or at every other place. */
static int row_in_blocks(const struct depthwise_row *row, float *to) {
  const struct depthwise *c = row->c;
  if (c->dilation_width != 1 || c->output_width < (BRIEF ? PLACES : 4)) return 0;
#define BLOCKS(kernel, stride) \
  do { \
    if (!BRIEF && c->output_width < PLACES) blocks(row, kernel, stride, 4, to); \
    else blocks(row, kernel, stride, PLACES, to); \
  } while (0)
  if (c->kernel_width == 5 && c->stride_width == 1) BLOCKS(5, 1);
#if !BRIEF
  else if (c->kernel_width == 5 && c->stride_width == 2) BLOCKS(5, 2);
  else if (c->kernel_width == 3 && c->stride_width == 1) BLOCKS(3, 1);
  else if (c->kernel_width == 3 && c->stride_width == 2) BLOCKS(3, 2);
#endif
  else return 0;
#undef BLOCKS
#define ACTIVATE(act) activate_row(to, c->output_width * c->channels, act)
  if (c->activation != LINEAR) FOR_ACTIVATION(c->activation, ACTIVATE)
#undef ACTIVATE
  return 1;
}

/**
 * 3 × 3, stride 1, `count` places whose windows lie in the image, n channels: each column of the input is loaded once and
 * added to the three outputs that it touches, whose sums move along in registers. 9 weights, 3 sums and the column fill 13
 * vector registers.
 */
INLINE void slide_channels(const float *from, size_t row, size_t pixel, const float *filter, ptrdiff_t tap, float *to, i32 count, vec base, const int act, const i32 n) {
  vec w[3][3];
  for (int y = 0; y < 3; y++)
    for (int x = 0; x < 3; x++) w[y][x] = load_up_to(filter + (3 * y + x) * tap, n);
  // `ready` lacks its third column, `next` its second and third.
  vec ready = w[0][0] * load_up_to(from, n);
  for (int y = 1; y < 3; y++) ready = madd(w[y][0], load_up_to(from + y * row, n), ready);
  from += pixel;
  vec v = load_up_to(from, n), next = w[0][0] * v;
  ready = madd(w[0][1], v, ready);
  for (int y = 1; y < 3; y++) {
    v = load_up_to(from + y * row, n);
    ready = madd(w[y][1], v, ready);
    next = madd(w[y][0], v, next);
  }
  for (i32 i = 0; i < count; i++, to += pixel) {
    from += pixel;
    v = load_up_to(from, n);
    vec sum = madd(w[0][2], v, ready);
    ready = madd(w[0][1], v, next);
    next = w[0][0] * v;
    for (int y = 1; y < 3; y++) {
      v = load_up_to(from + y * row, n);
      sum = madd(w[y][2], v, sum);
      ready = madd(w[y][1], v, ready);
      next = madd(w[y][0], v, next);
    }
    store_up_to(to, activate(sum + base, act), n);
  }
}

static void slide(const struct depthwise_row *row, i32 first, i32 count, float *to) {
  const struct depthwise *c = row->c;
  const size_t pixel = c->channels, step = (size_t)c->input_width * c->dilation_height * pixel;
  const float *from = row->source + (size_t)row->top * c->input_width * pixel, *bias = at(c->bias);
  for (i32 k = 0; k < c->channels; k += LANES) {
    const i32 n = c->channels - k;
    fetch_next(row, k);
    float *out = to + first * pixel + k;
    const vec base = bias == NULL ? splat(0) : load_up_to(bias + k, n);
    if (n >= LANES) {
#define SLIDE(act) slide_channels(from + k, step, pixel, row->filter + k, row->tap, out, count, base, act, LANES)
      FOR_ACTIVATION(c->activation, SLIDE)
#undef SLIDE
    } else {
      slide_channels(from + k, step, pixel, row->filter + k, row->tap, out, count, base, c->activation, n);
    }
  }
}

static void depthwise_row(const struct depthwise *c, i32 image, i32 oy) {
  const size_t pixel = c->channels;
  struct depthwise_row row = {
    .c = c,
    .source = at(c->source) + (size_t)image * c->input_height * c->input_width * pixel,
    .filter = at(c->filter) + (c->reversed ? (size_t)(c->kernel_height * c->kernel_width - 1) * pixel : 0),
    .tap = c->reversed ? -(ptrdiff_t)pixel : (ptrdiff_t)pixel,
    .top = oy * c->stride_height - c->pad_top,
    .activation = c->activation,
  };
  taps_inside(row.top, c->kernel_height, c->dilation_height, c->input_height, &row.first, &row.end);
  float *to = at(c->target) + (size_t)(image * c->output_height + oy) * c->output_width * pixel;
  const size_t input_row = c->input_width * pixel;
  row.next = (struct ahead){row.source + (row.top + (c->kernel_height - 1) * c->dilation_height + 1) * (ptrdiff_t)input_row, c->stride_height * input_row};
  i32 ox = 0;
  const int three = c->kernel_height == 3 && c->kernel_width == 3 && c->stride_width == 1 && c->dilation_width == 1;
  if (three && c->pad_left >= 0 && c->pad_left <= 1 && row.end - row.first == 3) {
    // The inner places of a row whose window is whole, one pass for every vector of channels.
    const i32 first = c->pad_left, last = least(c->output_width, c->input_width - 2 + c->pad_left);
    if (last > first) {
      slide(&row, first, last - first, to);
      for (; ox < first; ox++) depthwise_place(&row, ox, to + ox * pixel, 0);
      ox = last;
    }
  } else if (row_in_blocks(&row, to)) {
    return;
  }
  for (; ox < c->output_width; ox++) depthwise_place(&row, ox, to + ox * pixel, 0);
}

/** Reversed: taps from the last to the first, the gradient of a convolution of stride 1 by its input. Chunk = run of target rows. */
static void depthwise(const struct depthwise *c, i32 chunk) {
  const i32 rows = c->batch * c->output_height, end = start_of(chunk + 1, c->chunks, rows);
  for (i32 row = start_of(chunk, c->chunks, rows); row < end; row++) depthwise_row(c, row / c->output_height, row % c->output_height);
}

/** Taps of an axis that meet outputs at place i: the first tap, its output, and how many taps; each next one is a stride on. */
struct meeting {
  i32 tap, output, count;
};

INLINE struct meeting meeting_at(i32 i, i32 pad, i32 kernel, i32 stride, i32 outputs) {
  struct meeting m = {.tap = (i + pad) % stride};
  m.output = (i + pad - m.tap) / stride;
  const i32 skip = most(0, m.output - (outputs - 1));
  m.tap += skip * stride;
  m.output -= skip;
  m.count = most(0, least(m.output + 1, ceil_div(kernel - m.tap, stride)));
  return m;
}

/** n channels of one place in `vecs` vectors, gathered from the outputs whose windows cover it. */
INLINE void gather_channels(const struct depthwise_gather *c, const int vecs, struct meeting y, struct meeting x, const float *from, const float *filter, float *to, i32 n) {
  const size_t pixel = c->channels;
  vec sum[4];
  for (int j = 0; j < vecs; j++) sum[j] = splat(0);
  for (i32 i = 0; i < y.count; i++) {
    const float *dy = from - (size_t)i * c->output_width * pixel, *f = filter + (size_t)i * c->stride_height * c->kernel_width * pixel;
    for (i32 k = 0; k < x.count; k++, dy -= pixel, f += c->stride_width * pixel)
      for (int j = 0; j < vecs; j++) sum[j] = madd(load_up_to(f + j * LANES, n - j * LANES), load_up_to(dy + j * LANES, n - j * LANES), sum[j]);
  }
  for (int j = 0; j < vecs; j++) store_up_to(to + j * LANES, sum[j], n - j * LANES);
}

static void gather_row(const struct depthwise_gather *c, i32 image, i32 iy) {
  const size_t pixel = c->channels;
  const float *source = at(c->dy) + (size_t)image * c->output_height * c->output_width * pixel;
  float *to = at(c->dx) + (size_t)(image * c->input_height + iy) * c->input_width * pixel;
  const struct meeting y = meeting_at(iy, c->pad_top, c->kernel_height, c->stride_height, c->output_height);
  for (i32 ix = 0; ix < c->input_width; ix++, to += pixel) {
    const struct meeting x = meeting_at(ix, c->pad_left, c->kernel_width, c->stride_width, c->output_width);
    const float *from = source + (size_t)(y.output * c->output_width + x.output) * pixel;
    const float *filter = at(c->filter) + (size_t)(y.tap * c->kernel_width + x.tap) * pixel;
    i32 k = 0;
    for (; k + 4 * LANES <= c->channels; k += 4 * LANES) gather_channels(c, 4, y, x, from + k, filter + k, to + k, 4 * LANES);
    for (; k + LANES <= c->channels; k += LANES) gather_channels(c, 1, y, x, from + k, filter + k, to + k, LANES);
    if (k < c->channels) gather_channels(c, 1, y, x, from + k, filter + k, to + k, c->channels - k);
  }
}

/** Gradient by the input where the stride is above 1; dilation 1. Chunk = run of rows of dx. */
static void depthwise_gather(const struct depthwise_gather *c, i32 chunk) {
  const i32 rows = c->batch * c->input_height, end = start_of(chunk + 1, c->chunks, rows);
  for (i32 row = start_of(chunk, c->chunks, rows); row < end; row++) gather_row(c, row / c->input_height, row % c->input_height);
}
