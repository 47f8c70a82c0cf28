// Pooling, NHWC: of maxima and, without dilation, of means.
#include "commands.h"
#include "run.h"

/** Chunk = run of output rows over all images. */
static void max_pool(const struct max_pool *c, i32 chunk) {
  const size_t pixel = c->channels;
  const i32 rows = c->batch * c->output_height, end = start_of(chunk + 1, c->chunks, rows);
  for (i32 row = start_of(chunk, c->chunks, rows); row < end; row++) {
    const float *image = at(c->x) + (size_t)(row / c->output_height) * c->input_height * c->input_width * pixel;
    const i32 top = row % c->output_height * c->stride_height - c->pad_top;
    for (i32 ox = 0; ox < c->output_width; ox++) {
      const i32 left = ox * c->stride_width - c->pad_left;
      float *to = at(c->y) + ((size_t)row * c->output_width + ox) * pixel;
      for (i32 k = 0; k < c->channels; k += LANES) {
        const i32 n = c->channels - k;
        vec best = splat(-__builtin_inff());
        for (i32 ky = 0; ky < c->kernel_height; ky++) {
          const i32 iy = top + ky * c->dilation_height;
          if ((u32)iy >= (u32)c->input_height) continue;
          for (i32 kx = 0; kx < c->kernel_width; kx++) {
            const i32 ix = left + kx * c->dilation_width;
            if ((u32)ix >= (u32)c->input_width) continue;
            // A NaN in the window is passed over.
            best = higher(best, load_up_to(image + ((size_t)iy * c->input_width + ix) * pixel + k, n));
          }
        }
        store_up_to(to + k, best, n);
      }
    }
  }
}

/** dx[i] = Σ dy[o] over the outputs o whose window has its first maximum at i. Chunk = run of images. */
static void max_pool_grad(const struct max_pool_grad *c, i32 chunk) {
  const size_t pixel = c->channels, image_size = (size_t)c->input_height * c->input_width * pixel;
  const i32 end = start_of(chunk + 1, c->chunks, c->batch);
  for (i32 image = start_of(chunk, c->chunks, c->batch); image < end; image++) {
    const float *x = at(c->x) + image * image_size;
    float *dx = at(c->dx) + image * image_size;
    clear(dx, image_size);
    for (i32 oy = 0; oy < c->output_height; oy++) {
      const i32 top = oy * c->stride_height - c->pad_top;
      for (i32 ox = 0; ox < c->output_width; ox++) {
        const i32 left = ox * c->stride_width - c->pad_left;
        const size_t o = ((size_t)(image * c->output_height + oy) * c->output_width + ox) * pixel;
        for (i32 k = 0; k < c->channels; k += LANES) {
          const i32 n = c->channels - k;
          const vec best = load_up_to(at(c->y) + o + k, n), dy = load_up_to(at(c->dy) + o + k, n);
          // Lanes whose maximum has not been met yet.
          mask open = best == best;
          for (i32 ky = 0; ky < c->kernel_height; ky++) {
            const i32 iy = top + ky * c->dilation_height;
            if ((u32)iy >= (u32)c->input_height) continue;
            for (i32 kx = 0; kx < c->kernel_width; kx++) {
              const i32 ix = left + kx * c->dilation_width;
              if ((u32)ix >= (u32)c->input_width) continue;
              const size_t i = ((size_t)iy * c->input_width + ix) * pixel + k;
              const mask hit = (load_up_to(x + i, n) == best) & open;
              open &= ~hit;
              store_up_to(dx + i, load_up_to(dx + i, n) + keep(hit, dy), n);
            }
          }
        }
      }
    }
  }
}

/** The sum of up to n channels over rows of more than LONGEST_SUM pixels, each in pieces. */
static NOINLINE vec sum_long_rows(const struct average_pool *c, const float *image, struct run ys, struct run xs, i32 n) {
  vec sum = splat(0);
  for (i32 y = ys.start; y < ys.end; y++) {
    for (i32 x = xs.start; x < xs.end;) {
      vec part = splat(0);
      for (const i32 stop = run_end(x, LONGEST_SUM, xs.end); x < stop; x++)
        part += load_up_to(image + ((size_t)y * c->input_width + x) * c->channels, n);
      sum += part;
    }
  }
  return sum;
}

/** The mean over what of a window lies in the image. Chunk = run of output rows over all images. */
static void average_pool(const struct average_pool *c, i32 chunk) {
  const size_t pixel = c->channels;
  const i32 rows = c->batch * c->output_height, end = start_of(chunk + 1, c->chunks, rows);
  for (i32 row = start_of(chunk, c->chunks, rows); row < end; row++) {
    const float *image = at(c->x) + (size_t)(row / c->output_height) * c->input_height * c->input_width * pixel;
    const i32 top = row % c->output_height * c->stride_height - c->pad_top;
    const i32 first_y = most(top, 0), end_y = least(top + c->kernel_height, c->input_height);
    for (i32 ox = 0; ox < c->output_width; ox++) {
      const i32 left = ox * c->stride_width - c->pad_left;
      const i32 first_x = most(left, 0), end_x = least(left + c->kernel_width, c->input_width);
      const i32 high = most(end_y - first_y, 0), wide = most(end_x - first_x, 0);
      // Such rows have a function of their own: one more loop in here doubles WebAssembly's time for small windows.
      const i32 are_long = wide > LONGEST_SUM;
      const i32 rows_at_a_time = high * wide <= LONGEST_SUM ? high : most(LONGEST_SUM / wide, 1);
      const vec count = splat((float)(high * wide));
      float *to = at(c->y) + ((size_t)row * c->output_width + ox) * pixel;
      for (i32 k = 0; k < c->channels; k += LANES) {
        const i32 n = c->channels - k;
        vec sum = are_long ? sum_long_rows(c, image + k, (struct run){first_y, end_y}, (struct run){first_x, end_x}, n) : splat(0);
        for (i32 y = are_long ? end_y : first_y; y < end_y;) {
          vec part = splat(0);
          for (const i32 stop = run_end(y, rows_at_a_time, end_y); y < stop; y++)
            for (i32 x = first_x; x < end_x; x++) part += load_up_to(image + ((size_t)y * c->input_width + x) * pixel + k, n);
          sum += part;
        }
        store_up_to(to + k, sum / count, n);
      }
    }
  }
}

/** The first window that reaches place `place` of the padded input, and one past the last. */
INLINE struct run windows_at(i32 place, i32 kernel, i32 stride, i32 output) {
  const i32 before = place - kernel + 1;
  return (struct run){before <= 0 ? 0 : ceil_div(before, stride), least(output, place / stride + 1)};
}

/** dx[i] = Σ dy[o] / (kernel's area) over the windows o that i is in, as TensorFlow.js has it, at an edge too. Chunk = run of images. */
static void average_pool_grad(const struct average_pool_grad *c, i32 chunk) {
  const size_t pixel = c->channels;
  const vec share = splat(1.0f / (float)(c->kernel_height * c->kernel_width));
  const i32 end = start_of(chunk + 1, c->chunks, c->batch);
  for (i32 image = start_of(chunk, c->chunks, c->batch); image < end; image++) {
    const float *dy = at(c->dy) + (size_t)image * c->output_height * c->output_width * pixel;
    float *to = at(c->dx) + (size_t)image * c->input_height * c->input_width * pixel;
    for (i32 iy = 0; iy < c->input_height; iy++) {
      const struct run rows = windows_at(iy + c->pad_top, c->kernel_height, c->stride_height, c->output_height);
      for (i32 ix = 0; ix < c->input_width; ix++, to += pixel) {
        const struct run columns = windows_at(ix + c->pad_left, c->kernel_width, c->stride_width, c->output_width);
        for (i32 k = 0; k < c->channels; k += LANES) {
          const i32 n = c->channels - k;
          vec sum = splat(0);
          for (i32 y = rows.start; y < rows.end; y++)
            for (i32 x = columns.start; x < columns.end; x++) sum += load_up_to(dy + ((size_t)y * c->output_width + x) * pixel + k, n);
          store_up_to(to + k, sum * share, n);
        }
      }
    }
  }
}
