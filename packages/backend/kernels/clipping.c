// The norm of all gradients together. Squares are summed in double precision: a float's square may be none.
#include "commands.h"
#include "table.h"

/** Sums side by side, the same in all builds. */
#define SUMS 8

/** The sum of a chunk's squares; the table's p is what is squared. `sums` holds doubles, one a chunk. */
static void square_sums(const struct square_sums *c, i32 chunk) {
  const struct table_run run = table_run_of(c->table, c->rows, chunk);
  const float *x = at(run.row->arrays[0]);
  f64 sums[SUMS] = {0};
  i32 i = run.start;
  for (; i + SUMS <= run.end; i += SUMS)
    for (int j = 0; j < SUMS; j++) sums[j] += (f64)x[i + j] * x[i + j];
  for (int j = 0; i < run.end; i++, j++) sums[j] += (f64)x[i] * x[i];
  for (int half = SUMS / 2; half > 0; half /= 2)
    for (int j = 0; j < half; j++) sums[j] += sums[j + half];
  ((f64 *)at(c->sums))[chunk] = sums[0];
}

/** out = scale · min(1, most / (scale·√Σ sums + epsilon)). One chunk. */
static void clip_scale(const struct clip_scale *c, i32 chunk) {
  (void)chunk;
  const f64 *sums = (const f64 *)at(c->sums);
  f64 total = 0;
  for (i32 i = 0; i < c->count; i++) total += sums[i];
  const f64 scale = c->scale == 0 ? 1 : *at(c->scale), factor = c->most / (scale * __builtin_sqrt(total) + c->epsilon);
  // A NaN is not below 1, and stays one.
  *at(c->out) = (float)(scale * (factor >= 1 ? 1 : factor));
}
