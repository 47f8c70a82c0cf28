// Convolution and its gradient by the input, NHWC, as products over the window's segments (tile.h): no im2col buffer, and
// no product with the padding.
//
// With several images a tile's rows are the same place in consecutive images: they share the window's part that lies in
// the image, so at 2 × 2 pixels 5 of 9 taps, at 1 × 1 pixel 8 of 9, are never computed. With few images a tile's rows are
// consecutive places in a row of the image, or in a column of it at its left and right border; the corners come one by one.
//
// Chunk = half of the images × block of panels × block of rows × block of images, the last running fastest.
#include "commands.h"
#include "tile.h"

/** Images from which on they are a tile's rows. */
#define MANY_IMAGES 6

/** A window's segments are written here; MOST_TAPS of src/kernels/convolution.ts fit. */
INLINE struct segment *window_segments(void) { return (struct segment *)scratch; }

INLINE void put_segment(struct segment *to, const struct convolution *c, const float *image, i32 place, i32 tap, i32 taps) {
  to->a = image + (size_t)place * c->channels;
  to->row = tap * c->channels;
  to->length = taps * c->channels;
}

/** The segments of the forward window at output (y, x); gives their number. */
static i32 forward_segments(const struct convolution *c, const float *image, i32 y, i32 x) {
  struct segment *to = window_segments();
  const i32 top = y * c->stride_height - c->pad_top, left = x * c->stride_width - c->pad_left;
  for (i32 ky = 0; ky < c->kernel_height; ky++) {
    const i32 iy = top + ky * c->dilation_height;
    if ((u32)iy >= (u32)c->input_height) continue;
    if (c->dilation_width == 1) {
      // Consecutive taps of a row are consecutive in memory: one segment.
      const i32 from = most(0, -left), end = least(c->kernel_width, c->input_width - left);
      if (end > from)
        put_segment(to++, c, image, iy * c->input_width + left + from, ky * c->kernel_width + from, end - from);
    } else {
      for (i32 kx = 0; kx < c->kernel_width; kx++) {
        const i32 ix = left + kx * c->dilation_width;
        if ((u32)ix < (u32)c->input_width)
          put_segment(to++, c, image, iy * c->input_width + ix, ky * c->kernel_width + kx, 1);
      }
    }
  }
  return (i32)(to - window_segments());
}

/** The segments of the gradient at input (y, x): every output whose window covers it. */
static i32 gradient_segments(const struct convolution *c, const float *image, i32 y, i32 x) {
  struct segment *to = window_segments();
  for (i32 ky = 0; ky < c->kernel_height; ky++) {
    const i32 up = y + c->pad_top - ky * c->dilation_height;
    if (up < 0 || up % c->stride_height != 0 || up / c->stride_height >= c->output_height) continue;
    const i32 oy = up / c->stride_height;
    if (c->stride_width == 1 && c->dilation_width == 1) {
      // ox = x + pad_left − kx: with the taps of a row packed in reverse, ox ascends with them.
      const i32 first = x + c->pad_left - (c->kernel_width - 1);
      const i32 from = most(0, -first), end = least(c->kernel_width, c->output_width - first);
      if (end > from)
        put_segment(to++, c, image, oy * c->output_width + first + from, ky * c->kernel_width + from, end - from);
    } else {
      for (i32 kx = 0; kx < c->kernel_width; kx++) {
        const i32 right = x + c->pad_left - kx * c->dilation_width;
        if (right < 0 || right % c->stride_width != 0 || right / c->stride_width >= c->output_width) continue;
        put_segment(to++, c, image, oy * c->output_width + right / c->stride_width, ky * c->kernel_width + kx, 1);
      }
    }
  }
  return (i32)(to - window_segments());
}

INLINE i32 segments_at(const struct convolution *c, const float *image, i32 y, i32 x) {
  return c->gradient ? gradient_segments(c, image, y, x) : forward_segments(c, image, y, x);
}

/** Places along an axis whose window lies inside: from `first` to before `end`. */
struct inside {
  i32 first, end;
};

/** Strided gradients have none: their windows differ. */
INLINE struct inside whole_windows(i32 target, i32 source, i32 kernel, i32 stride, i32 dilation, i32 pad, i32 gradient) {
  const i32 reach = (kernel - 1) * dilation;
  if (gradient && stride > 1) return (struct inside){target, 0};
  if (gradient) return (struct inside){most(0, least(target, reach - pad)), least(target, source - pad)};
  const i32 room = source + pad - reach - 1;
  return (struct inside){least(target, ceil_div(pad, stride)), room < 0 ? 0 : least(target, room / stride + 1)};
}

/** All places of some images for one panel, whose tiles' rows are the images. */
static void places_of_images(const struct convolution *c, struct product *p, const float *source, float *target, i32 images, i32 top, i32 bottom) {
  const i32 width = c->gradient ? c->input_width : c->output_width;
  for (i32 y = top; y < bottom; y++) {
    for (i32 x = 0; x < width; x++) {
      p->count = segments_at(c, source, y, x);
      column(p, images, target + (size_t)(y * width + x) * c->columns);
    }
  }
}

/** All places of one image for one panel. */
static void places_of_one(const struct convolution *c, struct product *p, const float *source, float *target, i32 top, i32 bottom) {
  const i32 gradient = c->gradient;
  const i32 height = gradient ? c->input_height : c->output_height, width = gradient ? c->input_width : c->output_width;
  const i32 source_height = gradient ? c->output_height : c->input_height;
  const i32 source_width = gradient ? c->output_width : c->input_width;
  const struct inside across =
    whole_windows(width, source_width, c->kernel_width, c->stride_width, c->dilation_width, c->pad_left, gradient);
  const struct inside down =
    whole_windows(height, source_height, c->kernel_height, c->stride_height, c->dilation_height, c->pad_top, gradient);
  const i32 left = across.first, right = most(left, across.end);
  // A place at the left or right border shares its window with those above and below it.
  p->a_step = (size_t)(gradient ? 1 : c->stride_height) * source_width * c->channels;
  p->c_step = (size_t)width * c->columns;
  for (i32 x = 0; x < width; x++) {
    if (x >= left && x < right) continue;
    for (i32 y = top; y < bottom;) {
      const i32 run = y >= down.first && y < down.end ? least(bottom, down.end) - y : 1;
      p->count = segments_at(c, source, y, x);
      column(p, run, target + (size_t)(y * width + x) * c->columns);
      y += run;
    }
  }
  if (right == left) return;
  p->a_step = (size_t)(gradient ? 1 : c->stride_width) * c->channels;
  p->c_step = c->columns;
  for (i32 y = top; y < bottom; y++) {
    p->count = segments_at(c, source, y, left);
    column(p, right - left, target + (size_t)(y * width + left) * c->columns);
  }
}

static void convolution(const struct convolution *c, i32 chunk) {
  const i32 source_pixels = c->gradient ? c->output_height * c->output_width : c->input_height * c->input_width;
  const i32 height = c->gradient ? c->input_height : c->output_height, width = c->gradient ? c->input_width : c->output_width;
  const size_t source_image = (size_t)source_pixels * c->channels, target_image = (size_t)(height * width) * c->columns;
  const i32 image_blocks = ceil_div(c->batch, c->images_per_chunk), row_blocks = ceil_div(height, c->rows_per_chunk);
  const struct place place = halved(chunk, image_blocks, c->chunks / image_blocks);
  const i32 image = place.block * c->images_per_chunk, images = least(c->images_per_chunk, c->batch - image);
  const i32 top = place.other % row_blocks * c->rows_per_chunk, bottom = least(height, top + c->rows_per_chunk);
  const i32 panel = place.other / row_blocks * c->panels_per_chunk;
  const i32 end = least(panel + c->panels_per_chunk, ceil_div(c->columns, PANEL));
  const float *source = at(c->source) + image * source_image;
  const float *bias = at(c->bias);
  struct product p = {.segments = window_segments(), .activation = c->activation};
  for (i32 i = panel; i < end; i++) {
    p.panel = at(c->packed) + panel_start(i, c->kernel_height * c->kernel_width * c->channels);
    p.columns = columns_from(i, c->columns);
    p.bias = bias == NULL ? NULL : bias + i * PANEL;
    float *target = at(c->target) + image * target_image + i * PANEL;
    if (images >= MANY_IMAGES) {
      p.a_step = source_image;
      p.c_step = target_image;
      places_of_images(c, &p, source, target, images, top, bottom);
    } else {
      for (i32 n = 0; n < images; n++) places_of_one(c, &p, source + n * source_image, target + n * target_image, top, bottom);
    }
  }
}
