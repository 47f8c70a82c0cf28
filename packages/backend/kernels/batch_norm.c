// Batch normalization with its activation and an optional residual, over rows × channels (NHWC: a row is a pixel).
//
// Both ways need two passes over memory: one for the sums of each channel, one for the values. The sums are taken of x less
// the first row's value: one pass, without the cancellation of E[x²] − E[x]². Each chunk, a run of rows, leaves a row of
// partial sums; they are added in the chunks' order, so the number of threads does not matter.
//
// All passes walk the rows in the order of memory, four at a time, and keep what belongs to a channel in the L1 cache: a
// walk along one group of channels touches a line a row, and comes eight times slower from outer caches.
#include "activation.h"
#include "commands.h"

/** Rows that share a channel's constants and sums. */
#define TOGETHER 4

/** Channels whose constants (at most four a channel) lie in a thread's scratch memory at a time. */
#define CONSTANT_CHANNELS 4096

/** Runs `loop(first, last)` over vectors of channels, whole ones first, with n constant where they are whole. */
#define FOR_CHANNELS(from, to, loop) \
  do { \
    i32 k_ = (from); \
    for (; k_ + LANES <= (to); k_ += LANES) loop(k_, LANES); \
    if (k_ < (to)) loop(k_, (to) - k_); \
  } while (0)

INLINE void add_values(const int rows, const float *shifts, const float *x, float *out, size_t channels, i32 k, const i32 n) {
  const vec shift = load_up_to(shifts + k, n);
  vec s = load_up_to(out + k, n), q = load_up_to(out + channels + k, n);
  for (int i = 0; i < rows; i++) {
    const vec v = load_up_to(x + i * channels + k, n) - shift;
    s += v;
    q = madd(v, v, q);
  }
  store_up_to(out + k, s, n);
  store_up_to(out + channels + k, q, n);
}

/** Partial sums [chunks, 2, channels] of (x − x[0]) and (x − x[0])². */
static void batch_norm_sums(const struct batch_norm_sums *c, i32 chunk) {
  const size_t channels = c->channels;
  const float *x = at(c->x);
  float *out = at(c->partials) + 2 * chunk * channels;
  clear(out, 2 * channels);
  i32 r = start_of(chunk, c->chunks, c->rows);
  const i32 end = start_of(chunk + 1, c->chunks, c->rows);
#define FOUR(k, n) add_values(TOGETHER, x, x + r * channels, out, channels, k, n)
#define ONE(k, n) add_values(1, x, x + r * channels, out, channels, k, n)
  for (; r + TOGETHER <= end; r += TOGETHER) FOR_CHANNELS(0, c->channels, FOUR);
  for (; r < end; r++) FOR_CHANNELS(0, c->channels, ONE);
#undef FOUR
#undef ONE
}

/** Adds the partial sums of one channel, in double precision. */
INLINE void add_parts(const float *partials, i32 parts, size_t channels, f64 *s, f64 *q) {
  *s = *q = 0;
  for (i32 p = 0; p < parts; p++, partials += 2 * channels) {
    *s += partials[0];
    *q += partials[channels];
  }
}

/** Mean and inverse deviation of each channel; moves the running statistics, where there are some. One chunk. */
static void batch_norm_statistics(const struct batch_norm_statistics *c, i32 chunk) {
  (void)chunk;
  const f64 rows = c->rows, epsilon = c->epsilon, momentum = c->momentum, unbias = rows > 1 ? rows / (rows - 1) : 1;
  float *moving_mean = at(c->moving_mean), *moving_variance = at(c->moving_variance);
  for (i32 k = 0; k < c->channels; k++) {
    f64 s, q;
    add_parts(at(c->partials) + k, c->parts, c->channels, &s, &q);
    s /= rows;
    const f64 square = q / rows - s * s, variance = square > 0 || square != square ? square : 0;
    const f64 mean = (f64)at(c->x)[k] + s;
    at(c->mean)[k] = (float)mean;
    at(c->inverse)[k] = (float)(1 / __builtin_sqrt(variance + epsilon));
    if (moving_mean == NULL) continue;
    moving_mean[k] = (float)((1 - momentum) * moving_mean[k] + momentum * mean);
    moving_variance[k] = (float)((1 - momentum) * moving_variance[k] + momentum * variance * unbias);
  }
}

/** What all commands over normalized rows begin with. */
struct normalized {
  i32 code, chunks, independent;
  NORMALIZED
};

/** γ·inverse of n channels, and β − mean·scale. */
INLINE vec scale_at(const struct normalized *c, i32 k, i32 n) { return load_up_to(at(c->inverse) + k, n) * load_up_to(at(c->gamma) + k, n); }
INLINE vec shift_at(const struct normalized *c, i32 k, i32 n, vec scale) {
  return load_up_to(at(c->beta) + k, n) - load_up_to(at(c->mean) + k, n) * scale;
}

INLINE void apply_values(const float *x, const float *residual, float *y, const float *constants, i32 i, const int act, const i32 n) {
  vec z = madd(load_up_to(x + i, n), load(constants + i), load(constants + CONSTANT_CHANNELS + i));
  if (residual != NULL) z += load_up_to(residual + i, n);
  store_up_to(y + i, activate(z, act), n);
}

INLINE void apply(const struct normalized *c, i32 chunk, const int act) {
  const size_t channels = c->channels;
  const i32 end = start_of(chunk + 1, c->chunks, c->rows);
  for (i32 from = 0; from < c->channels; from += CONSTANT_CHANNELS) {
    const i32 size = least(c->channels - from, CONSTANT_CHANNELS);
    for (i32 k = 0; k < size; k += LANES) {
      const vec scale = scale_at(c, from + k, size - k);
      store(scratch + k, scale);
      store(scratch + CONSTANT_CHANNELS + k, shift_at(c, from + k, size - k, scale));
    }
    for (i32 r = start_of(chunk, c->chunks, c->rows); r < end; r++) {
      const size_t o = r * channels + from;
      const float *x = at(c->x) + o, *residual = c->residual == 0 ? NULL : at(c->residual) + o;
      float *y = at(c->out) + o;
#define ADDED(k, n) apply_values(x, residual, y, scratch, k, act, n)
#define PLAIN(k, n) apply_values(x, NULL, y, scratch, k, act, n)
      if (residual != NULL) FOR_CHANNELS(0, size, ADDED);
      else FOR_CHANNELS(0, size, PLAIN);
#undef ADDED
#undef PLAIN
    }
  }
}

/** y = act(γ·(x − mean)·inverse + β + residual), as x·scale + shift. */
static void batch_norm_apply(const struct batch_norm_apply *c, i32 chunk) {
#define APPLY(act) apply((const struct normalized *)c, chunk, act)
  FOR_ACTIVATION(c->activation, APPLY)
#undef APPLY
}

/** g = dy·act′(z) of n values: z is not computed where the activation does not need it. */
INLINE vec through(vec dy, vec x, vec scale, vec shift, const float *residual, const int act, const i32 n) {
  if (act == LINEAR) return dy;
  vec z = madd(x, scale, shift);
  if (residual != NULL) z += load_up_to(residual, n);
  return activate_grad(dy, z, act);
}

/** What the passes of the gradient read and write, from a row on. */
struct gradient_rows {
  const float *x, *dy, *residual;
  float *dx, *residual_gradient;
  size_t channels;
};

INLINE struct gradient_rows gradient_rows_of(const struct normalized *c, ref dy, ref dx, ref residual_gradient, i32 row) {
  const size_t o = row * (size_t)c->channels;
  return (struct gradient_rows){
    .x = at(c->x) + o,
    .dy = at(dy) + o,
    .residual = c->residual == 0 ? NULL : at(c->residual) + o,
    .dx = dx == 0 ? NULL : at(dx) + o,
    .residual_gradient = residual_gradient == 0 ? NULL : at(residual_gradient) + o,
    .channels = c->channels,
  };
}

INLINE vec through_row(const struct gradient_rows *g, int row, i32 k, vec x, vec scale, vec shift, const int act, const i32 n) {
  const size_t o = row * g->channels + k;
  return through(load_up_to(g->dy + o, n), x, scale, shift, g->residual == NULL ? NULL : g->residual + o, act, n);
}

/** Adds the sums of g and g·(x − mean) of some rows. */
INLINE void grad_sum_values(const struct gradient_rows *g, const float *constants, const float *means, float *out, const int rows, const int act, i32 k, const i32 n) {
  const vec scale = load(constants), shift = load(constants + LANES), mean = load_up_to(means + k, n);
  vec s = load_up_to(out + k, n), q = load_up_to(out + g->channels + k, n);
  vec x = load_up_to(g->x + k, n);
  const vec g0 = through_row(g, 0, k, x, scale, shift, act, n);
  s += g0;
  q = madd(g0, x - mean, q);
  // Written out: as a loop it takes half as long again.
  if (rows == TOGETHER) {
    x = load_up_to(g->x + g->channels + k, n);
    const vec g1 = through_row(g, 1, k, x, scale, shift, act, n);
    q = madd(g1, x - mean, q);
    x = load_up_to(g->x + 2 * g->channels + k, n);
    const vec g2 = through_row(g, 2, k, x, scale, shift, act, n);
    q = madd(g2, x - mean, q);
    x = load_up_to(g->x + 3 * g->channels + k, n);
    const vec g3 = through_row(g, 3, k, x, scale, shift, act, n);
    q = madd(g3, x - mean, q);
    s = (s + g1) + (g2 + g3);
  }
  store_up_to(out + k, s, n);
  store_up_to(out + g->channels + k, q, n);
}

INLINE void grad_sums(const struct batch_norm_grad_sums *command, i32 chunk, const int act) {
  const struct normalized *c = (const struct normalized *)command;
  const size_t channels = c->channels;
  const i32 end = start_of(chunk + 1, c->chunks, c->rows);
  float *out = at(c->out) + 2 * chunk * channels;
  clear(out, 2 * channels);
  for (i32 from = 0; from < c->channels; from += CONSTANT_CHANNELS) {
    const i32 to = least(c->channels, from + CONSTANT_CHANNELS);
    for (i32 k = from; k < to; k += LANES) {
      const vec scale = scale_at(c, k, to - k);
      store(scratch + 2 * (k - from), scale);
      store(scratch + 2 * (k - from) + LANES, shift_at(c, k, to - k, scale));
    }
    i32 r = start_of(chunk, c->chunks, c->rows);
#define VALUES(rows, k, n) grad_sum_values(&g, scratch + 2 * (k - from), at(c->mean), out, rows, act, k, n)
#define FOUR(k, n) VALUES(TOGETHER, k, n)
#define ONE(k, n) VALUES(1, k, n)
    for (; r + TOGETHER <= end; r += TOGETHER) {
      const struct gradient_rows g = gradient_rows_of(c, command->dy, 0, 0, r);
      FOR_CHANNELS(from, to, FOUR);
    }
    for (; r < end; r++) {
      const struct gradient_rows g = gradient_rows_of(c, command->dy, 0, 0, r);
      FOR_CHANNELS(from, to, ONE);
    }
#undef VALUES
#undef FOUR
#undef ONE
  }
  float *weighted = out + channels;
  for (i32 k = 0; k < c->channels; k += LANES) {
    const i32 n = c->channels - k;
    store_up_to(weighted + k, load_up_to(weighted + k, n) * load_up_to(at(c->inverse) + k, n), n);
  }
}

/** Partial sums [chunks, 2, channels] of g = dy·act′(z) and g·x̂. */
static void batch_norm_grad_sums(const struct batch_norm_grad_sums *c, i32 chunk) {
#define SUMS(act) grad_sums(c, chunk, act)
  FOR_ACTIVATION(c->activation, SUMS)
#undef SUMS
}

/** Adds pairs of partial sums [parts, 2, channels]. One chunk. */
static void sum_pairs(const struct sum_pairs *c, i32 chunk) {
  (void)chunk;
  for (i32 k = 0; k < c->channels; k++) {
    f64 s, q;
    add_parts(at(c->partials) + k, c->parts, c->channels, &s, &q);
    at(c->first)[k] = (float)s;
    at(c->second)[k] = (float)q;
  }
}

INLINE void grad_values(const struct gradient_rows *g, const float *constants, const int rows, const int act, i32 k, const i32 n) {
  const vec scale = load(constants), shift = load(constants + LANES), slope = load(constants + 2 * LANES), base = load(constants + 3 * LANES);
  for (int i = 0; i < rows; i++) {
    const size_t o = i * g->channels + k;
    const vec x = load_up_to(g->x + o, n), d = through_row(g, i, k, x, scale, shift, act, n);
    if (g->residual_gradient != NULL) store_up_to(g->residual_gradient + o, d, n);
    store_up_to(g->dx + o, madd(scale, d, madd(slope, x, base)), n);
  }
}

INLINE void grad(const struct batch_norm_grad *command, i32 chunk, const int act) {
  const struct normalized *c = (const struct normalized *)command;
  const i32 end = start_of(chunk + 1, c->chunks, c->rows);
  const vec share = splat((float)(-1.0 / c->rows));
  for (i32 from = 0; from < c->channels; from += CONSTANT_CHANNELS) {
    const i32 to = least(c->channels, from + CONSTANT_CHANNELS);
    for (i32 k = from; k < to; k += LANES) {
      const i32 n = to - k;
      const vec scale = scale_at(c, k, n);
      // slope = −scale·inverse·Σ(g·x̂)/n, base = −scale·Σg/n − slope·mean.
      const vec slope = load_up_to(at(command->weighted_sum) + k, n) * load_up_to(at(c->inverse) + k, n) * share * scale;
      const vec base = scale * (load_up_to(at(command->sum) + k, n) * share) - slope * load_up_to(at(c->mean) + k, n);
      float *constants = scratch + 4 * (k - from);
      store(constants, scale);
      store(constants + LANES, shift_at(c, k, n, scale));
      store(constants + 2 * LANES, slope);
      store(constants + 3 * LANES, base);
    }
    i32 r = start_of(chunk, c->chunks, c->rows);
#define VALUES(rows, k, n) grad_values(&g, scratch + 4 * (k - from), rows, act, k, n)
#define FOUR(k, n) VALUES(TOGETHER, k, n)
#define ONE(k, n) VALUES(1, k, n)
    for (; r + TOGETHER <= end; r += TOGETHER) {
      const struct gradient_rows g = gradient_rows_of(c, command->dy, command->out, command->residual_gradient, r);
      FOR_CHANNELS(from, to, FOUR);
    }
    for (; r < end; r++) {
      const struct gradient_rows g = gradient_rows_of(c, command->dy, command->out, command->residual_gradient, r);
      FOR_CHANNELS(from, to, ONE);
    }
#undef VALUES
#undef FOUR
#undef ONE
  }
}

/** dx = γ·inverse·(g − Σg/n − x̂·Σ(g·x̂)/n) as scale·g + slope·x + base; the residual's gradient is g. */
static void batch_norm_grad(const struct batch_norm_grad *c, i32 chunk) {
#define GRAD(act) grad(c, chunk, act)
  FOR_ACTIVATION(c->activation, GRAD)
#undef GRAD
}

/** 1 / √(variance + ε). One chunk. */
static void inverse_deviation(const struct inverse_deviation *c, i32 chunk) {
  (void)chunk;
  for (i32 k = 0; k < c->channels; k += LANES) {
    const i32 n = c->channels - k;
    store_up_to(at(c->out) + k, splat(1) / root(load_up_to(at(c->variance) + k, n) + splat(c->epsilon)), n);
  }
}
