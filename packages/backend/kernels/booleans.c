// Comparisons, their conjunction, and selection. A bool is a byte, 0 or 1. Chunk = run of elements.
#include "commands.h"
#include "pairs.h"
#include "run.h"

typedef uint8_t byte;

#define TEST(operation, a, b) ((operation) == LESS ? (a) < (b) : (operation) == LESS_EQUAL ? (a) <= (b) : (a) == (b))

// Plain loops: compilers make vectors of them, also of bytes beside floats.
#define COMPARE_VALUES(name, number) \
  INLINE void name(const int operation, i32 mode, const number *restrict a, const number *restrict b, byte *restrict out, i32 count) { \
    const number one = mode == SINGLE_A ? *a : *b; \
    if (mode == SAME) \
      for (i32 i = 0; i < count; i++) out[i] = TEST(operation, a[i], b[i]); \
    else if (mode == SINGLE_B) \
      for (i32 i = 0; i < count; i++) out[i] = TEST(operation, a[i], one); \
    else \
      for (i32 i = 0; i < count; i++) out[i] = TEST(operation, one, b[i]); \
  }
COMPARE_VALUES(compare_floats, float)
COMPARE_VALUES(compare_words, i32)

INLINE void compare_values(const struct compare *c, const int operation, const float *a, const float *b, byte *out, i32 count) {
  if (c->whole) compare_words(operation, c->mode, (const i32 *)a, (const i32 *)b, out, count);
  else compare_floats(operation, c->mode, a, b, out, count);
}

INLINE void compare_run(const struct compare *c, i32 chunk, const int operation) {
  const float *a = at(c->a), *b = at(c->b);
  byte *out = (byte *)at(c->out);
  if (c->inner == c->count) {
    const struct run run = run_of(chunk, c->chunks, c->count);
    const size_t o = run.start;
    compare_values(c, operation, c->mode == SINGLE_A ? a : a + o, c->mode == SINGLE_B ? b : b + o, out + o, run.end - run.start);
    return;
  }
  const i32 rows = c->count / c->inner, end = start_of(chunk + 1, c->chunks, rows);
  for (i32 r = start_of(chunk, c->chunks, rows); r < end;) {
    struct pair pair = PAIR_AT(c, r, end);
    for (i32 i = 0; i < pair.rows; i++, r++, pair.a += c->a_third, pair.b += c->b_third)
      compare_values(c, operation, pair.a, pair.b, out + (size_t)r * c->inner, c->inner);
  }
}

/** Floats, or whole numbers where `whole` is set. Chunk = run of elements, or of rows where one operand repeats. */
static void compare(const struct compare *c, i32 chunk) {
  switch (c->operation) {
    case LESS: compare_run(c, chunk, LESS); break;
    case LESS_EQUAL: compare_run(c, chunk, LESS_EQUAL); break;
    default: compare_run(c, chunk, EQUAL);
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
