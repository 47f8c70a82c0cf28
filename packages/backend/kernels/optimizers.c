// Updates of all variables in one launch, over the table of table.h.
#include "commands.h"
#include "table.h"

/** What every gradient is multiplied by. */
INLINE vec scale_of(ref scale) { return splat(scale == 0 ? 1 : *at(scale)); }

/** States: velocity, or none. */
static void sgd(const struct sgd *c, i32 chunk) {
  const struct table_run run = table_run_of(c->table, c->rows, chunk);
  float *p = at(run.row->arrays[0]), *v = at(run.row->arrays[2]);
  const float *g = at(run.row->arrays[1]);
  const vec scale = scale_of(c->scale), rate = splat(-c->rate * run.row->rate_factor), momentum = splat(c->momentum), decay = splat(run.row->decay);
  for (i32 i = run.start; i < run.end; i += LANES) {
    const i32 n = run.end - i;
    const vec weight = load_up_to(p + i, n);
    vec step = madd(decay, weight, load_up_to(g + i, n) * scale);
    if (v != NULL) {
      const vec velocity = madd(momentum, load_up_to(v + i, n), step);
      store_up_to(v + i, velocity, n);
      step = c->nesterov ? madd(momentum, velocity, step) : velocity;
    }
    store_up_to(p + i, madd(rate, step, weight), n);
  }
}

/** States: first and second moment. correction1 = 1 / (1 − beta1ᵗ), correction2 = 1 / √(1 − beta2ᵗ). */
static void adam(const struct adam *c, i32 chunk) {
  const struct table_run run = table_run_of(c->table, c->rows, chunk);
  float *p = at(run.row->arrays[0]), *m = at(run.row->arrays[2]), *v = at(run.row->arrays[3]);
  const float *g = at(run.row->arrays[1]);
  const float rate = c->rate * run.row->rate_factor, decay = run.row->decay;
  const vec scale = scale_of(c->scale), beta1 = splat(c->beta1), beta2 = splat(c->beta2), rest1 = splat(1 - c->beta1), rest2 = splat(1 - c->beta2);
  const vec epsilon = splat(c->epsilon), step = splat(-rate * c->correction1), correction = splat(c->correction2);
  const vec in_gradient = splat(c->decoupled ? 0 : decay), kept = splat(c->decoupled ? 1 - rate * decay : 1);
  for (i32 i = run.start; i < run.end; i += LANES) {
    const i32 n = run.end - i;
    const vec weight = load_up_to(p + i, n), gradient = madd(in_gradient, weight, load_up_to(g + i, n) * scale);
    const vec first = madd(beta1, load_up_to(m + i, n), rest1 * gradient);
    const vec second = madd(beta2, load_up_to(v + i, n), rest2 * (gradient * gradient));
    store_up_to(m + i, first, n);
    store_up_to(v + i, second, n);
    store_up_to(p + i, madd(step, first / madd(root(second), correction, epsilon), weight * kept), n);
  }
}

/** States: squares, velocity or none, means or none. */
static void rmsprop(const struct rmsprop *c, i32 chunk) {
  const struct table_run run = table_run_of(c->table, c->rows, chunk);
  float *p = at(run.row->arrays[0]), *s = at(run.row->arrays[2]), *v = at(run.row->arrays[3]), *a = at(run.row->arrays[4]);
  const float *g = at(run.row->arrays[1]);
  const vec scale = scale_of(c->scale), rate = splat(-c->rate * run.row->rate_factor), decay = splat(run.row->decay);
  const vec alpha = splat(c->alpha), rest = splat(1 - c->alpha), epsilon = splat(c->epsilon), momentum = splat(c->momentum);
  for (i32 i = run.start; i < run.end; i += LANES) {
    const i32 n = run.end - i;
    const vec weight = load_up_to(p + i, n), gradient = madd(decay, weight, load_up_to(g + i, n) * scale);
    const vec squares = madd(alpha, load_up_to(s + i, n), rest * (gradient * gradient));
    store_up_to(s + i, squares, n);
    vec spread = squares;
    if (a != NULL) {
      const vec mean = madd(alpha, load_up_to(a + i, n), rest * gradient);
      store_up_to(a + i, mean, n);
      // Rounding may leave less than nothing.
      spread = higher(squares - mean * mean, splat(0));
    }
    vec step = gradient / (root(spread) + epsilon);
    if (v != NULL) {
      step = madd(momentum, load_up_to(v + i, n), step);
      store_up_to(v + i, step, n);
    }
    store_up_to(p + i, madd(rate, step, weight), n);
  }
}

/** p ← keep·p + take·g, each product rounded, as two launches would round them. With keep 0, p is not read. */
static void blend(const struct blend *c, i32 chunk) {
  const struct table_run run = table_run_of(c->table, c->rows, chunk);
  float *p = at(run.row->arrays[0]);
  const float *g = at(run.row->arrays[1]);
  for (i32 i = run.start; i < run.end; i += LANES) {
    const i32 n = run.end - i;
    vec mixed = load_up_to(g + i, n) * splat(c->take);
    if (c->keep != 0) mixed = load_up_to(p + i, n) * splat(c->keep) + mixed;
    store_up_to(p + i, mixed, n);
  }
}
