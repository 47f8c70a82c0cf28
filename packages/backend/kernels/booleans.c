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

INLINE void compare_run(const struct compare *c, i32 chunk, const int operation) {
  const struct run run = PAIRS_OF(c, chunk);
  for (i32 i = run.start; i < run.end;) {
    struct pairs pairs = pairs_from((const struct binary *)c, i, run.end);
    i = pairs.next;
    for (; pairs.rows > 0; pairs.rows--, pairs.a += c->a_third, pairs.b += c->b_third, pairs.out += pairs.count) {
      byte *out = (byte *)at(c->out) + pairs.out;
      if (c->whole) compare_words(operation, c->mode, (const i32 *)pairs.a, (const i32 *)pairs.b, out, pairs.count);
      else compare_floats(operation, c->mode, pairs.a, pairs.b, out, pairs.count);
    }
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
