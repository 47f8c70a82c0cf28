// Sums over the leading or the trailing axes of a float32 matrix, the largest of its rows, and what global average pooling and channel scaling need.
#include "commands.h"

/** Rows that a chunk of sum_rows adds one after the other: trainings have sums longer than LONGEST_SUM, whose bits stay. */
INLINE i32 longest_run(i32 rows, i32 columns) { return columns >= 16 && rows <= 1 << 15 ? rows : LONGEST_SUM; }

/** Partial sums [chunks, columns] over the rows of x [rows, columns]. Chunk = run of rows. */
static void sum_rows(const struct sum_rows *c, i32 chunk) {
  const size_t columns = c->columns;
  const i32 start = start_of(chunk, c->chunks, c->rows), end = start_of(chunk + 1, c->chunks, c->rows);
  const i32 longest = longest_run(end - start, c->columns);
  float *out = at(c->partials) + chunk * columns;
  for (i32 k = 0; k < c->columns; k += LANES) {
    const i32 n = c->columns - k;
    const float *from = at(c->x) + start * columns + k;
    vec sum = splat(0);
    for (i32 r = start; r < end;) {
      const i32 stop = run_end(r, longest, end);
      vec part = splat(0);
      if (n >= LANES)
        for (; r < stop; r++, from += columns) part += load(from);
      else
        for (; r < stop; r++, from += columns) part += load_part(from, n);
      sum += part;
    }
    store_up_to(out + k, sum, n);
  }
}

/** Sums each row of x [rows, columns], times a factor. Chunk = run of rows. */
static void sum_columns(const struct sum_columns *c, i32 chunk) {
  const i32 end = start_of(chunk + 1, c->chunks, c->rows);
  for (i32 r = start_of(chunk, c->chunks, c->rows); r < end; r++) {
    const float *from = at(c->x) + (size_t)r * c->columns;
    const i32 whole = c->columns - c->columns % SUM_LANES;
    vec sum[SUM_VECS];
    for (int j = 0; j < SUM_VECS; j++) sum[j] = splat(0);
    i32 k = 0;
    while (k < whole) {
      vec part[SUM_VECS];
      for (int j = 0; j < SUM_VECS; j++) part[j] = splat(0);
      for (const i32 stop = run_end(k, LONGEST_SUM * SUM_LANES, whole); k < stop; k += SUM_LANES)
        for (int j = 0; j < SUM_VECS; j++) part[j] += load(from + k + j * LANES);
      for (int j = 0; j < SUM_VECS; j++) sum[j] += part[j];
    }
    for (int j = 0; j < SUM_VECS && k < c->columns; j++, k += LANES) sum[j] += load_up_to(from + k, c->columns - k);
    at(c->out)[r] = sum_lanes(sum) * c->factor;
  }
}

/** The largest number of each row of x [rows, columns], NaN where one is. Chunk = run of rows. */
static void largest_of_rows(const struct largest_of_rows *c, i32 chunk) {
  const i32 end = start_of(chunk + 1, c->chunks, c->rows);
  for (i32 r = start_of(chunk, c->chunks, c->rows); r < end; r++) {
    const float *row = at(c->x) + (size_t)r * c->columns;
    float lanes[LANES];
    i32 n = c->columns;
    if (c->columns >= LANES) {
      // The last vector may hold numbers of the one before.
      vec top = load(row + c->columns - LANES);
      for (i32 k = 0; k + LANES <= c->columns; k += LANES) top = maximum(top, load(row + k));
      store(lanes, top);
      row = lanes;
      n = LANES;
    }
    float top = row[0];
    for (i32 k = 1; k < n; k++)
      if (row[k] > top || row[k] != row[k]) top = row[k];
    at(c->out)[r] = top;
  }
}

/** out[n, k] = factor · Σ x[n, p, k] (· y[n, p, k]) over the pixels p of image n. Chunk = run of images. */
static void sum_pixels(const struct sum_pixels *c, i32 chunk) {
  const size_t channels = c->channels;
  const i32 end = start_of(chunk + 1, c->chunks, c->images);
  const float *y = at(c->y);
  for (i32 n = start_of(chunk, c->chunks, c->images); n < end; n++) {
    for (i32 k = 0; k < c->channels; k += LANES) {
      const i32 left = c->channels - k;
      size_t o = n * (size_t)c->pixels * channels + k;
      vec sum = splat(0);
      for (i32 p = 0; p < c->pixels;) {
        vec part = splat(0);
        for (const i32 stop = run_end(p, LONGEST_SUM, c->pixels); p < stop; p++, o += channels) {
          const vec v = load_up_to(at(c->x) + o, left);
          part = y == NULL ? part + v : madd(v, load_up_to(y + o, left), part);
        }
        sum += part;
      }
      store_up_to(at(c->out) + n * channels + k, sum * splat(c->factor), left);
    }
  }
}

/** out[n, p, k] = factor · value[n, k] (· x[n, p, k]) for the pixels p of image n. Chunk = run of images. */
static void spread_pixels(const struct spread_pixels *c, i32 chunk) {
  const size_t channels = c->channels;
  const i32 end = start_of(chunk + 1, c->chunks, c->images);
  const float *x = at(c->x);
  for (i32 n = start_of(chunk, c->chunks, c->images); n < end; n++) {
    for (i32 k = 0; k < c->channels; k += LANES) {
      const i32 left = c->channels - k;
      const vec value = load_up_to(at(c->value) + n * channels + k, left) * splat(c->factor);
      size_t o = n * (size_t)c->pixels * channels + k;
      for (i32 p = 0; p < c->pixels; p++, o += channels)
        store_up_to(at(c->out) + o, x == NULL ? value : value * load_up_to(x + o, left), left);
    }
  }
}
