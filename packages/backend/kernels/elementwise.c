// Pointwise operations on float32. Chunk = run of elements, or of rows where one operand repeats.
#include "activation.h"
#include "commands.h"
#include "exponentials.h"
#include "pairs.h"
#include "run.h"

INLINE vec binary_of(const int operation, vec a, vec b) {
  switch (operation) {
    case ADD: return a + b;
    case SUBTRACT: return a - b;
    case MULTIPLY: return a * b;
    case DIVIDE: return a / b;
    case MAXIMUM: return maximum(a, b);
    case MINIMUM: return minimum(a, b);
    case GATE_GRADIENT: {
      // As of the composition relu6(b + 3) / 6: at its kinks the gradient of tfjs's clipByValue passes.
      const vec z = b + splat(3);
      return keep((z >= splat(0)) & (z <= splat(6)), a * splat(1.0f / 6));
    }
    case GELU_GRADIENT: return activate_grad(a, b, GELU);
    // By what ELU gave.
    case ELU_GRADIENT: return a * either(b >= splat(0), splat(1), b + splat(1));
    default: return (a - b) * (a - b);
  }
}

INLINE vec unary_of(const int operation, vec a, float p, float q) {
  switch (operation) {
    case NEGATIVE: return -a;
    case ABSOLUTE: return absolute(a);
    case ROOT: return root(a);
    case INVERSE_ROOT: return splat(1) / root(a);
    case SQUARE: return a * a;
    case RECIPROCAL: return splat(1) / a;
    case RELU_OF: return activate(a, RELU);
    case RELU6_OF: return activate(a, RELU6);
    case CLIP: return lower(higher(a, splat(p)), splat(q));
    case ERF: return error_function(a);
    case GATE: return activate(a, HARD_SIGMOID);
    case GELU_OF: return activate(a, GELU);
    case EXPONENTIAL: return exponential_of(a);
    case LOGARITHM: return logarithm_of(a);
    case SIGMOID: return sigmoid_of(a);
    case SOFTPLUS: return softplus_of(a);
    case ELU: return elu_of(a);
    case LEAKY_RELU: return either(a < splat(0), splat(p) * a, a);
    case TANH: return tanh_of(a);
    // 1 above 0, p at 0 and below; NaN stays.
    default: return either(a == a, either(a > splat(0), splat(1), splat(p)), a);
  }
}

INLINE void binary_values(const int operation, i32 mode, const float *a, const float *b, float *out, i32 count) {
  i32 i = 0;
  if (mode == SAME) {
    for (; i + LANES <= count; i += LANES) store(out + i, binary_of(operation, load(a + i), load(b + i)));
    if (i < count) store_part(out + i, binary_of(operation, load_part(a + i, count - i), load_part(b + i, count - i)), count - i);
    return;
  }
  const vec one = splat(mode == SINGLE_B ? *b : *a);
  for (; i < count; i += LANES) {
    const i32 n = count - i;
    const vec v = mode == SINGLE_B ? binary_of(operation, load_up_to(a + i, n), one) : binary_of(operation, one, load_up_to(b + i, n));
    store_up_to(out + i, v, n);
  }
}

INLINE void binary_run(const struct binary *c, i32 chunk, const int operation) {
  const struct run run = PAIRS_OF(c, chunk);
  for (i32 i = run.start; i < run.end;) {
    struct pairs pairs = pairs_from(c, i, run.end);
    i = pairs.next;
    for (; pairs.rows > 0; pairs.rows--, pairs.a += c->a_third, pairs.b += c->b_third, pairs.out += pairs.count)
      binary_values(operation, c->mode, pairs.a, pairs.b, at(c->out) + pairs.out, pairs.count);
  }
}

static void binary(const struct binary *c, i32 chunk) {
  switch (c->operation) {
    case ADD: binary_run(c, chunk, ADD); break;
    case SUBTRACT: binary_run(c, chunk, SUBTRACT); break;
    case MULTIPLY: binary_run(c, chunk, MULTIPLY); break;
    case DIVIDE: binary_run(c, chunk, DIVIDE); break;
    case MAXIMUM: binary_run(c, chunk, MAXIMUM); break;
    case MINIMUM: binary_run(c, chunk, MINIMUM); break;
    case GATE_GRADIENT: binary_run(c, chunk, GATE_GRADIENT); break;
    case GELU_GRADIENT: binary_run(c, chunk, GELU_GRADIENT); break;
    case ELU_GRADIENT: binary_run(c, chunk, ELU_GRADIENT); break;
    default: binary_run(c, chunk, SQUARED_DIFFERENCE);
  }
}

INLINE void unary_run(const struct unary *c, i32 chunk, const int operation) {
  const struct run run = run_of(chunk, c->chunks, c->count);
  const float *x = at(c->x);
  float *out = at(c->out);
  i32 i = run.start;
  for (; i + LANES <= run.end; i += LANES) store(out + i, unary_of(operation, load(x + i), c->p, c->q));
  if (i < run.end) store_part(out + i, unary_of(operation, load_part(x + i, run.end - i), c->p, c->q), run.end - i);
}

static void unary(const struct unary *c, i32 chunk) {
  switch (c->operation) {
    case NEGATIVE: unary_run(c, chunk, NEGATIVE); break;
    case ABSOLUTE: unary_run(c, chunk, ABSOLUTE); break;
    case ROOT: unary_run(c, chunk, ROOT); break;
    case INVERSE_ROOT: unary_run(c, chunk, INVERSE_ROOT); break;
    case SQUARE: unary_run(c, chunk, SQUARE); break;
    case RECIPROCAL: unary_run(c, chunk, RECIPROCAL); break;
    case RELU_OF: unary_run(c, chunk, RELU_OF); break;
    case RELU6_OF: unary_run(c, chunk, RELU6_OF); break;
    case CLIP: unary_run(c, chunk, CLIP); break;
    case ERF: unary_run(c, chunk, ERF); break;
    case GATE: unary_run(c, chunk, GATE); break;
    case GELU_OF: unary_run(c, chunk, GELU_OF); break;
    case EXPONENTIAL: unary_run(c, chunk, EXPONENTIAL); break;
    case LOGARITHM: unary_run(c, chunk, LOGARITHM); break;
    case SIGMOID: unary_run(c, chunk, SIGMOID); break;
    case SOFTPLUS: unary_run(c, chunk, SOFTPLUS); break;
    case ELU: unary_run(c, chunk, ELU); break;
    case LEAKY_RELU: unary_run(c, chunk, LEAKY_RELU); break;
    case TANH: unary_run(c, chunk, TANH); break;
    default: unary_run(c, chunk, STEP);
  }
}

/** Fills with a word of four bytes. Chunk = run of words. */
static void fill(const struct fill *c, i32 chunk) {
  const i32 start = start_of(chunk, c->chunks, c->count), end = start_of(chunk + 1, c->chunks, c->count);
  i32 *out = (i32 *)at(c->out);
  if (c->word == 0) clear(at(c->out) + start, end - start);
  else
    for (i32 i = start; i < end; i++) out[i] = c->word;
}

/** Whole numbers in even steps. Chunk = run of elements. */
static void count_up(const struct count_up *c, i32 chunk) {
  const struct run run = run_of(chunk, c->chunks, c->count);
  i32 *out = (i32 *)at(c->out);
  for (i32 i = run.start; i < run.end; i++) out[i] = (i32)((u32)c->start + (u32)i * (u32)c->step);
}

/** Writes words that the command itself holds. One chunk. */
static void put(const struct put *c, i32 chunk) {
  (void)chunk;
  copy(at(c->out), (const float *)c->words, c->count);
}

/** Multiplies in place. One chunk. */
static void scale(const struct scale *c, i32 chunk) {
  (void)chunk;
  float *x = at(c->x);
  for (i32 i = 0; i < c->count; i += LANES) store_up_to(x + i, load_up_to(x + i, c->count - i) * splat(c->factor), c->count - i);
}

/** Repeats a row of floats. Chunk = run of repetitions. */
static void repeat_row(const struct repeat_row *c, i32 chunk) {
  const i32 end = start_of(chunk + 1, c->chunks, c->times);
  for (i32 i = start_of(chunk, c->chunks, c->times); i < end; i++) copy(at(c->out) + (size_t)i * c->size, at(c->row), c->size);
}
