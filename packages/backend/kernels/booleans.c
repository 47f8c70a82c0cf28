// Comparisons, their conjunction, and selection. A bool is a byte, 0 or 1. Chunk = run of elements.
#include "commands.h"
#include "run.h"

typedef uint8_t byte;

INLINE byte test_of(const int operation, float a, float b) {
  switch (operation) {
    case LESS: return a < b;
    case LESS_EQUAL: return a <= b;
    case GREATER: return a > b;
    default: return a >= b;
  }
}

// Plain loops: compilers make vectors of them, also of bytes beside floats.
INLINE void compare_run(const struct compare *c, i32 chunk, const int operation) {
  const struct run run = run_of(chunk, c->chunks, c->count);
  const float *restrict a = at(c->a), *restrict b = at(c->b);
  byte *restrict out = (byte *)at(c->out);
  const float one = *b;
  if (c->single)
    for (i32 i = run.start; i < run.end; i++) out[i] = test_of(operation, a[i], one);
  else
    for (i32 i = run.start; i < run.end; i++) out[i] = test_of(operation, a[i], b[i]);
}

/** b is one number where `single` is set. */
static void compare(const struct compare *c, i32 chunk) {
  switch (c->operation) {
    case LESS: compare_run(c, chunk, LESS); break;
    case LESS_EQUAL: compare_run(c, chunk, LESS_EQUAL); break;
    case GREATER: compare_run(c, chunk, GREATER); break;
    default: compare_run(c, chunk, GREATER_EQUAL);
  }
}

/** Both not 0. */
static void logical_and(const struct logical_and *c, i32 chunk) {
  const struct run run = run_of(chunk, c->chunks, c->count);
  const byte *restrict a = (const byte *)at(c->a), *restrict b = (const byte *)at(c->b);
  byte *restrict out = (byte *)at(c->out);
  for (i32 i = run.start; i < run.end; i++) out[i] = (a[i] != 0) & (b[i] != 0);
}

/** out = condition ? yes : no, of words of four bytes. */
static void choose(const struct choose *c, i32 chunk) {
  const struct run run = run_of(chunk, c->chunks, c->count);
  const byte *restrict condition = (const byte *)at(c->condition);
  const i32 *restrict yes = (const i32 *)at(c->yes), *restrict no = (const i32 *)at(c->no);
  i32 *restrict out = (i32 *)at(c->out);
  for (i32 i = run.start; i < run.end; i++) out[i] = condition[i] != 0 ? yes[i] : no[i];
}
