// The gradient of a depthwise convolution by its filter, NHWC, channel multiplier 1: lanes are channels. Chunk = slice of
// the batch; the slices are added by sum_slices.
#include "ahead.h"
#include "commands.h"
#include "inside.h"

/**
 * Floats of x and dy that a band holds. The sums of a channel are taken up and put down once a band, so it has some pixels of
 * each; the lines of one vector of channels stay in the L1 cache while all taps pass over them, the rest in the L2 cache.
 */
#define BAND 6144
#define PIXELS 64

/** Rows of five taps whose sums lie in registers together. */
#define TAP_ROWS (REGISTERS == 32 ? 5 : BRIEF ? 1 : 2)

/** Rows y to before y_end of the output, of images from `first` to before `end`. */
struct band {
  const struct depthwise_filter_gradient *c;
  float *out;
  i32 first, end, y, y_end;
  /** What the next band reads, but for the rows that this one reads too. */
  struct ahead next_x, next_dy;
};

/** Runs `whole(k, LANES)` for vectors of channels from k on, and `part(k, n)` for the last one where it has only n. */
#define FOR_VECTORS(band, whole, part) \
  do { \
    const i32 channels_ = (band)->c->channels, vectors_ = ceil_div(channels_, LANES); \
    for (i32 v_ = 0; v_ < vectors_; v_++) { \
      fetch_piece((band)->next_x, v_, vectors_); \
      fetch_piece((band)->next_dy, v_, vectors_); \
      if ((v_ + 1) * LANES <= channels_) whole(v_ * LANES, LANES); \
      else part(v_ * LANES, channels_ - v_ * LANES); \
    } \
  } while (0)

/** Any kernel, tap by tap. */
INLINE void tap_channels(const struct band *b, const float *x, const float *dy, float *out, i32 rows, i32 columns, const i32 n) {
  const struct depthwise_filter_gradient *c = b->c;
  const size_t pixel = c->channels, across = c->stride_width * pixel, down = (size_t)c->stride_height * c->input_width * pixel;
  vec sum = load_up_to(out, n);
  for (i32 i = b->first; i < b->end; i++) {
    const float *x_row = x, *dy_row = dy;
    for (i32 row = 0; row < rows; row++, x_row += down, dy_row += c->output_width * pixel) {
      const float *x_at = x_row, *dy_at = dy_row;
      for (i32 k = 0; k < columns; k++, x_at += across, dy_at += pixel) sum = madd(load_up_to(x_at, n), load_up_to(dy_at, n), sum);
    }
    x += (size_t)c->input_height * c->input_width * pixel;
    dy += (size_t)c->output_height * c->output_width * pixel;
  }
  store_up_to(out, sum, n);
}

/** The channels from `first` on. */
static void band_by_taps(const struct band *b, i32 first) {
  const struct depthwise_filter_gradient *c = b->c;
  const size_t pixel = c->channels;
  for (i32 tap = 0; tap < c->kernel_height * c->kernel_width; tap++) {
    const i32 offset_y = tap / c->kernel_width * c->dilation_height - c->pad_top;
    const i32 offset_x = tap % c->kernel_width * c->dilation_width - c->pad_left;
    const i32 oy = most(b->y, first_inside(offset_y, c->stride_height));
    const i32 oy_end = least(b->y_end, end_inside(offset_y, c->stride_height, c->input_height, c->output_height));
    const i32 ox = first_inside(offset_x, c->stride_width);
    const i32 ox_end = end_inside(offset_x, c->stride_width, c->input_width, c->output_width);
    if (oy_end <= oy || ox_end <= ox) continue;
    const float *x = at(c->x) + ((size_t)(b->first * c->input_height + oy * c->stride_height + offset_y) * c->input_width + ox * c->stride_width + offset_x) * pixel;
    const float *dy = at(c->dy) + ((size_t)(b->first * c->output_height + oy) * c->output_width + ox) * pixel;
    float *out = b->out + tap * pixel;
    i32 k = first;
    for (; k + LANES <= c->channels; k += LANES) tap_channels(b, x + k, dy + k, out + k, oy_end - oy, ox_end - ox, LANES);
    if (k < c->channels) tap_channels(b, x + k, dy + k, out + k, oy_end - oy, ox_end - ox, c->channels - k);
  }
}

/** `rows` rows of five taps, from row ky on: what meets an output is added to its sums, each in the order of tap_channels. */
INLINE void five_rows(const struct band *b, const int stride, const int rows, i32 ky, i32 k, const i32 n) {
  const struct depthwise_filter_gradient *c = b->c;
  const size_t pixel = c->channels, input_row = c->input_width * pixel, down = c->dilation_height * input_row;
  float *out = b->out + ky * 5 * pixel + k;
  // Outputs from `inner` to before `outer` have all five columns in the image.
  const i32 inner = least(c->output_width, first_inside(-c->pad_left, stride));
  const i32 outer = most(inner, end_inside(4 - c->pad_left, stride, c->input_width, c->output_width));
  vec sum[TAP_ROWS][5];
  for (int y = 0; y < rows; y++)
    for (int x = 0; x < 5; x++) sum[y][x] = load_up_to(out + (5 * y + x) * pixel, n);
#define MEET(all_columns, all_rows) \
  do { \
    const i32 left = ox * stride - c->pad_left; \
    const float *from = top_row + left * (ptrdiff_t)pixel; \
    const vec d = load_up_to(dy + ox * pixel, n); \
    UNROLLED \
    for (int x = 0; x < 5; x++) { \
      if (!(all_columns) && (u32)(left + x) >= (u32)c->input_width) continue; \
      UNROLLED \
      for (int y = 0; y < rows; y++) \
        if ((all_rows) || (u32)(top + y * c->dilation_height) < (u32)c->input_height) \
          sum[y][x] = madd(load_up_to(from + y * down + x * pixel, n), d, sum[y][x]); \
    } \
  } while (0)
  for (i32 i = b->first; i < b->end; i++) {
    for (i32 oy = b->y; oy < b->y_end; oy++) {
      const i32 top = oy * c->stride_height + ky * c->dilation_height - c->pad_top;
      const float *top_row = at(c->x) + (i * c->input_height + top) * (ptrdiff_t)input_row + k;
      const float *dy = at(c->dy) + (size_t)(i * c->output_height + oy) * c->output_width * pixel + k;
      const int whole = top >= 0 && top + (rows - 1) * c->dilation_height < c->input_height;
      i32 ox = 0;
      for (; ox < inner; ox++) MEET(0, 0);
      if (whole)
        for (; ox < outer; ox++) MEET(1, 1);
      else
        for (; ox < outer; ox++) MEET(1, 0);
      for (; ox < c->output_width; ox++) MEET(0, 0);
    }
  }
#undef MEET
  for (int y = 0; y < rows; y++)
    for (int x = 0; x < 5; x++) store_up_to(out + (5 * y + x) * pixel, sum[y][x], n);
}

/** Windows five columns wide. */
INLINE void five_gradient(const struct band *b, const int stride, i32 k, const i32 n) {
  i32 ky = 0;
  for (; ky + TAP_ROWS <= b->c->kernel_height; ky += TAP_ROWS) five_rows(b, stride, TAP_ROWS, ky, k, n);
  if (TAP_ROWS == 1) return;
  for (; ky < b->c->kernel_height; ky++) five_rows(b, stride, 1, ky, k, n);
}

/**
 * 3 × 3, stride 1: all nine sums of n channels in registers. A column of the input (3 values) meets the three outputs whose
 * windows hold it, which move along in registers too; outputs outside the row count as 0.
 */
INLINE void slide_gradient(const struct band *b, i32 k, const i32 n) {
  const struct depthwise_filter_gradient *c = b->c;
  const size_t pixel = c->channels, row = c->input_width * pixel;
  float *out = b->out + k;
  vec sum[3][3];
  for (int y = 0; y < 3; y++)
    for (int x = 0; x < 3; x++) sum[y][x] = load_up_to(out + (3 * y + x) * pixel, n);
  for (i32 i = b->first; i < b->end; i++) {
    for (i32 oy = b->y; oy < b->y_end; oy++) {
      const i32 top = oy - c->pad_top;
      int has[3];
      for (int y = 0; y < 3; y++) has[y] = (u32)(top + y) < (u32)c->input_height;
      const float *from = at(c->x) + ((ptrdiff_t)(i * c->input_height + top) * c->input_width) * (ptrdiff_t)pixel + k;
      const float *dy = at(c->dy) + (size_t)(i * c->output_height + oy) * c->output_width * pixel + k;
      // Column x of the input: tap kx belongs to output x + pad_left − kx.
      vec d1 = c->pad_left > 0 ? load_up_to(dy, n) : splat(0), d2 = splat(0);
      for (i32 x = 0; x < c->input_width; x++, from += pixel) {
        const i32 next = x + c->pad_left;
        const vec d0 = next < c->output_width ? load_up_to(dy + next * pixel, n) : splat(0);
        for (int y = 0; y < 3; y++) {
          if (!has[y]) continue;
          const vec v = load_up_to(from + y * row, n);
          sum[y][0] = madd(v, d0, sum[y][0]);
          sum[y][1] = madd(v, d1, sum[y][1]);
          sum[y][2] = madd(v, d2, sum[y][2]);
        }
        d2 = d1;
        d1 = d0;
      }
    }
  }
  for (int y = 0; y < 3; y++)
    for (int x = 0; x < 3; x++) store_up_to(out + (3 * y + x) * pixel, sum[y][x], n);
}

/** 3 × 3, stride 2: an output meets three columns of the input, of which the last is the next output's first. */
INLINE void stride_gradient(const struct band *b, i32 k, const i32 n) {
  const struct depthwise_filter_gradient *c = b->c;
  const size_t pixel = c->channels, row = c->input_width * pixel;
  float *out = b->out + k;
  vec sum[3][3];
  for (int y = 0; y < 3; y++)
    for (int x = 0; x < 3; x++) sum[y][x] = load_up_to(out + (3 * y + x) * pixel, n);
  for (i32 i = b->first; i < b->end; i++) {
    for (i32 oy = b->y; oy < b->y_end; oy++) {
      const i32 top = 2 * oy - c->pad_top;
      int has[3];
      for (int y = 0; y < 3; y++) has[y] = (u32)(top + y) < (u32)c->input_height;
      // Column 0 of the first window may lie before the row; it is not read then.
      const float *from = at(c->x) + ((ptrdiff_t)(i * c->input_height + top) * c->input_width - c->pad_left) * (ptrdiff_t)pixel + k;
      const float *dy = at(c->dy) + (size_t)(i * c->output_height + oy) * c->output_width * pixel + k;
      vec v[3];
      for (int y = 0; y < 3; y++) v[y] = has[y] && c->pad_left == 0 ? load_up_to(from + y * row, n) : splat(0);
      for (i32 x = -c->pad_left; x < 2 * c->output_width - c->pad_left; x += 2, dy += pixel) {
        const vec d = load_up_to(dy, n);
        const int middle = (u32)(x + 1) < (u32)c->input_width, last = (u32)(x + 2) < (u32)c->input_width;
        for (int y = 0; y < 3; y++) {
          sum[y][0] = madd(v[y], d, sum[y][0]);
          if (middle && has[y]) sum[y][1] = madd(load_up_to(from + y * row + pixel, n), d, sum[y][1]);
          v[y] = last && has[y] ? load_up_to(from + y * row + 2 * pixel, n) : splat(0);
          sum[y][2] = madd(v[y], d, sum[y][2]);
        }
        from += 2 * pixel;
      }
    }
  }
  for (int y = 0; y < 3; y++)
    for (int x = 0; x < 3; x++) store_up_to(out + (3 * y + x) * pixel, sum[y][x], n);
}

static void gradient_band(const struct band *b) {
  const struct depthwise_filter_gradient *c = b->c;
  const int three = c->kernel_height == 3 && c->kernel_width == 3 && c->dilation_height * c->dilation_width == 1 && c->stride_height == c->stride_width;
  const int five = c->kernel_width == 5 && c->dilation_width == 1;
  // Of images with one place most taps lie outside.
  const int sole = c->output_height * c->output_width == 1;
#define SLIDE(k, n) slide_gradient(b, k, n)
#define STRIDE(k, n) stride_gradient(b, k, n)
#define FIVE(k, n) five_gradient(b, 1, k, n)
#define STRIDE_FIVE(k, n) five_gradient(b, 2, k, n)
#define REST(k, n) band_by_taps(b, k)
  if (three && c->stride_height == 1 && c->pad_left <= 1 && !sole) FOR_VECTORS(b, SLIDE, SLIDE);
  else if (three && c->stride_height == 2 && !sole) FOR_VECTORS(b, STRIDE, STRIDE);
#if BRIEF
  else if (five && c->stride_width == 1 && !sole) FOR_VECTORS(b, FIVE, REST);
#else
  else if (five && c->stride_width == 1 && !sole) FOR_VECTORS(b, FIVE, FIVE);
  else if (five && c->stride_width == 2 && !sole) FOR_VECTORS(b, STRIDE_FIVE, STRIDE_FIVE);
#endif
  else band_by_taps(b, 0);
#undef SLIDE
#undef STRIDE
#undef FIVE
#undef STRIDE_FIVE
#undef REST
}

/** Notes what the band after this one reads: rows further down, or the next images. */
static void look_ahead(struct band *b, i32 images, i32 rows) {
  const struct depthwise_filter_gradient *c = b->c;
  const size_t input_row = c->input_width * (size_t)c->channels, output_row = c->output_width * (size_t)c->channels;
  const int same = b->y_end < c->output_height, whole = rows >= c->output_height;
  const i32 image = same ? b->first : b->end;
  // Rows of x that are new; this band has read those that windows share.
  const i32 shared = most(0, (c->kernel_height - 1) * c->dilation_height - c->pad_top), new_rows = rows * c->stride_height;
  const i32 from = same ? b->y_end * c->stride_height + shared : 0;
  const i32 x_rows = whole ? images * c->input_height : same ? new_rows : new_rows + shared;
  b->next_x = (struct ahead){at(c->x) + (size_t)(image * c->input_height + from) * input_row, x_rows * input_row};
  b->next_dy = (struct ahead){at(c->dy) + (size_t)(image * c->output_height + (same ? b->y_end : 0)) * output_row, (whole ? images * c->output_height : rows) * output_row};
}

static void depthwise_filter_gradient(const struct depthwise_filter_gradient *c, i32 chunk) {
  const size_t pixel = c->channels, input_row = c->input_width * pixel, output_row = c->output_width * pixel;
  const size_t filter = c->kernel_height * c->kernel_width * pixel;
  struct band b = {.c = c, .out = at(c->out) + chunk * filter};
  clear(b.out, filter);
  const i32 end = start_of(chunk + 1, c->chunks, c->batch);
  // Some small images, or some rows of a large one.
  const i32 band = most(BAND, least(PIXELS * c->channels, 8 * BAND));
  const i32 images = most(1, (i32)(band / (c->input_height * input_row + c->output_height * output_row)));
  const i32 rows = most(1, (i32)(band / (c->stride_height * input_row + output_row)));
  for (b.first = start_of(chunk, c->chunks, c->batch); b.first < end; b.first = b.end) {
    b.end = least(end, b.first + images);
    for (b.y = 0; b.y < c->output_height; b.y += rows) {
      b.y_end = least(c->output_height, b.y + rows);
      look_ahead(&b, images, rows);
      gradient_band(&b);
    }
  }
}
