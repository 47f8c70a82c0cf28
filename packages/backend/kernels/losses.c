// Losses of a batch of logits with their gradients, one pass a row, and its probabilities. Exponentials are taken in double precision: a batch of
// logits is small, and the loss then agrees with a reference to float32's last digits.
#include "commands.h"
#include "exponential.h"

/** log Σ exp(scale · z) of a row; NaN where a logit is. */
static f64 log_sum_exp(const float *row, i32 classes, f64 scale) {
  f64 top = -__builtin_inf(), sum = 0;
  for (i32 k = 0; k < classes; k++) {
    const f64 z = scale * row[k];
    if (!(z <= top)) top = z;
    if (z != z) return z;
  }
  for (i32 k = 0; k < classes; k++) sum += exponential(scale * row[k] - top);
  return top + logarithm(sum);
}

/** Probabilities of each row of logits [rows, columns]. Chunk = run of rows. */
static void softmax(const struct softmax *c, i32 chunk) {
  const i32 end = start_of(chunk + 1, c->chunks, c->rows);
  for (i32 r = start_of(chunk, c->chunks, c->rows); r < end; r++) {
    const float *row = at(c->x) + (size_t)r * c->columns;
    float *out = at(c->out) + (size_t)r * c->columns;
    f64 top = row[0], sum = 0;
    for (i32 k = 0; k < c->columns; k++)
      if (!(row[k] <= top)) top = row[k];
    for (i32 k = 0; k < c->columns; k++) {
      const f64 power = exponential(row[k] - top);
      sum += power;
      out[k] = (float)power;
    }
    for (i32 k = 0; k < c->columns; k++) out[k] = (float)(out[k] / sum);
  }
}

/** The place of the largest number of a row, the first where several are. */
static i32 largest(const float *row, i32 classes) {
  i32 place = 0;
  for (i32 k = 1; k < classes; k++)
    if (row[k] > row[place]) place = k;
  return place;
}

/** Softmax cross-entropy; `hits` counts the rows whose largest logit, the first of equal ones, is the label's. One chunk. */
static void softmax_cross_entropy(const struct softmax_cross_entropy *c, i32 chunk) {
  (void)chunk;
  const f64 smoothing = c->smoothing, each = smoothing / c->classes, share = 1 / (f64)c->batch;
  f64 loss = 0;
  float hits = 0;
  for (i32 n = 0; n < c->batch; n++) {
    const float *row = at(c->logits) + (size_t)n * c->classes;
    float *gradient = at(c->gradient) + (size_t)n * c->classes;
    const i32 label = ((const i32 *)at(c->labels))[n];
    // A label out of range leaves its row with the smoothing alone, as a one-hot row of zeros does.
    const f64 total = (u32)label < (u32)c->classes ? 1 : smoothing, norm = log_sum_exp(row, c->classes, 1);
    if (largest(row, c->classes) == label) hits += 1;
    for (i32 k = 0; k < c->classes; k++) {
      const f64 target = each + (k == label ? 1 - smoothing : 0), log_p = row[k] - norm;
      // A target of 0 takes no part, even where log p is −∞.
      if (target != 0) loss -= target * log_p;
      gradient[k] = (float)((total * exponential(log_p) - target) * share);
    }
  }
  *at(c->loss) = (float)(loss * share);
  *at(c->hits) = hits;
}

/** T²·KL(teacher ‖ student) with its gradient by the student. One chunk. */
static void distillation(const struct distillation *c, i32 chunk) {
  (void)chunk;
  const f64 temperature = c->temperature, scale = 1 / temperature, share = 1 / (f64)c->batch;
  f64 loss = 0;
  for (i32 n = 0; n < c->batch; n++) {
    const float *student = at(c->student) + (size_t)n * c->classes, *teacher = at(c->teacher) + (size_t)n * c->classes;
    float *gradient = at(c->gradient) + (size_t)n * c->classes;
    const f64 norm_s = log_sum_exp(student, c->classes, scale), norm_t = log_sum_exp(teacher, c->classes, scale);
    for (i32 k = 0; k < c->classes; k++) {
      const f64 log_s = scale * student[k] - norm_s, log_t = scale * teacher[k] - norm_t, target = exponential(log_t);
      if (target != 0) loss += target * (log_t - log_s);
      gradient[k] = (float)((exponential(log_s) - target) * temperature * share);
    }
  }
  *at(c->loss) = (float)(loss * temperature * temperature * share);
}
