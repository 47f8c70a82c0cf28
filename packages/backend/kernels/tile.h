// The register tile that every dense product shares: ROWS rows by up to VECS vectors of columns.
//
// A row's number is broadcast, and B comes packed in panels of PANEL columns (pack.c), so that its loads are consecutive
// whatever the matrix's width. The sizes fill the registers: sums, the vectors of B, and one for the number of A.
//   AVX-512, NEON (32 registers): 8 × 3 sums, 24 multiply-adds on 11 loads.
//   AVX2 (16): 4 × 3, 12 on 7.
//   WebAssembly, SSE2 (16, of which V8 keeps one): 6 × 2, 12 on 8.
//
// The inner dimension is a list of segments, each a run of consecutive floats in every row of A and of rows in the panel.
// A plain product has one; a convolution has one for each row of its window that lies in the image, so that the zeros of
// the padding are never multiplied. Every sum runs over k in its order, whatever the tile: the sizes change no bit.
#pragma once
#include "activation.h"
#include "kernel.h"

#if LANES == 16 || defined(__ARM_NEON)
#define ROWS 8
#define VECS 3
#elif LANES == 8
#define ROWS 4
#define VECS 3
#else
#define ROWS 6
#define VECS 2
#endif

/** Columns of a panel of B; the last one has as many vectors as it needs. */
#define PANEL (VECS * LANES)

struct segment {
  /** In the first row of A. */
  const float *a;
  /** Which row of the panel it begins at, and how many rows it has. */
  i32 row, length;
};

/** What a tile's rows have in common. */
struct product {
  const struct segment *segments;
  i32 count;
  /** Floats from a row of A to the next, and from a row of C to the next. */
  size_t a_step, c_step;
  const float *panel;
  /** Of this panel, 1 to PANEL. */
  i32 columns;
  /** A number a column, or null. */
  const float *bias;
  i32 activation;
};

/** Columns of n that are left from panel p on, at most PANEL. */
INLINE i32 columns_from(i32 p, i32 n) { return least(PANEL, n - p * PANEL); }

/** Vectors that hold so many columns. */
INLINE i32 vectors_of(i32 columns) { return ceil_div(columns, LANES); }

/** Floats of a packed matrix before its panel p. */
INLINE size_t panel_start(i32 p, i32 inner) { return (size_t)p * PANEL * inner; }

/** Step k of the rows at a and the panel at b. */
INLINE void tile_step(const int rows, const int vecs, vec sum[ROWS][VECS], const float *const a[ROWS], const float *b, const int k) {
  vec v[VECS];
  UNROLLED
  for (int j = 0; j < vecs; j++) v[j] = load(b + (k * vecs + j) * LANES);
  UNROLLED
  for (int r = 0; r < rows; r++) {
    const vec x = load_splat(a[r] + k);
    UNROLLED
    for (int j = 0; j < vecs; j++) sum[r][j] = madd(x, v[j], sum[r][j]);
    UNROLLED
    for (int j = 0; j < vecs; j++) IN_TURN(sum[r][j]);
  }
}

INLINE void tile_sums(const int rows, const int vecs, vec sum[ROWS][VECS], const float *a0, size_t a_step, const float *b, i32 n) {
  const float *a[ROWS];
  UNROLLED
  for (int r = 0; r < rows; r++) a[r] = a0 + r * a_step;
  // Two steps a round: moving on seven pointers takes more than half as many instructions as the sums.
  const float *end = b + (n & ~1) * vecs * LANES;
  NOT_UNROLLED
  while (b < end) {
    tile_step(rows, vecs, sum, a, b, 0);
    tile_step(rows, vecs, sum, a, b, 1);
    UNROLLED
    for (int r = 0; r < rows; r++) a[r] += 2;
    b += 2 * vecs * LANES;
  }
  if (n & 1) tile_step(rows, vecs, sum, a, b, 0);
}

/** Stores a row of a tile that has any activation or fewer columns than its vectors hold. */
static NOINLINE void store_row(const struct product *p, const vec *row, float *c) {
  for (i32 j = 0; j < p->columns; j += LANES, row++) {
    const i32 n = p->columns - j;
    const vec bias = p->bias == NULL ? splat(0) : load_up_to(p->bias + j, n);
    store_up_to(c + j, activate(*row + bias, p->activation), n);
  }
}

/** C[0..rows, 0..columns] = act(Σ A·B + bias), with rows and vecs constants of the call; `from` floats behind the segments. */
INLINE void tile(const int rows, const int vecs, const struct product *p, size_t from, float *c) {
  vec sum[ROWS][VECS];
  UNROLLED
  for (int r = 0; r < rows; r++) {
    UNROLLED
    for (int j = 0; j < vecs; j++) sum[r][j] = splat(0);
  }
  const struct segment *s = p->segments, *end = s + p->count;
  const size_t a_step = p->a_step, c_step = p->c_step;
  for (; s < end; s++) tile_sums(rows, vecs, sum, s->a + from, a_step, p->panel + (size_t)s->row * (vecs * LANES), s->length);
  const i32 act = p->activation;
  if (p->columns < vecs * LANES || act > RELU6) {
    UNROLLED
    for (int r = 0; r < rows; r++, c += c_step) {
      vec row[VECS];
      UNROLLED
      for (int j = 0; j < vecs; j++) row[j] = sum[r][j];
      store_row(p, row, c);
    }
    return;
  }
  if (p->bias == NULL && act == LINEAR) {
    UNROLLED
    for (int r = 0; r < rows; r++, c += c_step) {
      UNROLLED
      for (int j = 0; j < vecs; j++) store(c + j * LANES, sum[r][j]);
    }
    return;
  }
  // None, ReLU and ReLU6 as one range, so that rows need no branches.
  const vec low = splat(act == LINEAR ? -__builtin_inff() : 0), high = splat(act == RELU6 ? 6 : __builtin_inff());
  vec bias[VECS];
  UNROLLED
  for (int j = 0; j < vecs; j++) bias[j] = p->bias == NULL ? splat(0) : load(p->bias + j * LANES);
  UNROLLED
  for (int r = 0; r < rows; r++, c += c_step) {
    UNROLLED
    for (int j = 0; j < vecs; j++) store(c + j * LANES, lower(higher(sum[r][j] + bias[j], low), high));
  }
}

/** One row alone: four steps of k have sums of their own, since a chain of additions would wait for each. */
INLINE void tile_of_one(const int vecs, const struct product *p, float *c) {
  vec sum[4][VECS];
  UNROLLED
  for (int i = 0; i < 4; i++) {
    UNROLLED
    for (int j = 0; j < vecs; j++) sum[i][j] = splat(0);
  }
  for (i32 s = 0; s < p->count; s++) {
    const struct segment *at = p->segments + s;
    const float *a = at->a, *b = p->panel + (size_t)at->row * (vecs * LANES);
    i32 n = at->length;
    NOT_UNROLLED
    for (; n >= 4; n -= 4, a += 4, b += 4 * vecs * LANES) {
      UNROLLED
      for (int i = 0; i < 4; i++) {
        UNROLLED
        for (int j = 0; j < vecs; j++) sum[i][j] = madd(load_splat(a + i), load(b + (i * vecs + j) * LANES), sum[i][j]);
      }
    }
    NOT_UNROLLED
    for (; n > 0; n--, a++, b += vecs * LANES) {
      UNROLLED
      for (int j = 0; j < vecs; j++) sum[0][j] = madd(load_splat(a), load(b + j * LANES), sum[0][j]);
    }
  }
  vec row[VECS];
  UNROLLED
  for (int j = 0; j < vecs; j++) row[j] = (sum[0][j] + sum[1][j]) + (sum[2][j] + sum[3][j]);
  store_row(p, row, c);
}

// A function each: an engine that compiles them together spills what the loop needs.
#define TILE(name, rows, vecs) \
  static NOINLINE void name##_##vecs(const struct product *p, size_t from, float *c) { tile(rows, vecs, p, from, c); }

/** column_1, column_2 …: any number of rows, in so many vectors, as tiles of ROWS, 4, 2 and 1. */
#define COLUMN(vecs) \
  TILE(tile_most, ROWS, vecs) TILE(tile_4, 4, vecs) TILE(tile_2, 2, vecs) TILE(tile_1, 1, vecs) \
  static void column_##vecs(const struct product *p, i32 rows, float *c) { \
    size_t from = 0; \
    while (rows > 0) { \
      i32 taken = rows >= ROWS ? ROWS : rows >= 4 ? 4 : rows >= 2 ? 2 : 1; \
      if (taken == ROWS) tile_most_##vecs(p, from, c); \
      else if (taken == 4) tile_4_##vecs(p, from, c); \
      else if (taken == 2) tile_2_##vecs(p, from, c); \
      else tile_1_##vecs(p, from, c); \
      rows -= taken; \
      from += taken * p->a_step; \
      c += taken * p->c_step; \
    } \
  }
COLUMN(1)
COLUMN(2)
#if VECS > 2
COLUMN(3)
#endif

/** Rows of C for one panel, each at its step. */
static NOINLINE void column(const struct product *p, i32 rows, float *c) {
  switch (vectors_of(p->columns)) {
    case 1: column_1(p, rows, c); break;
    case 2: column_2(p, rows, c); break;
#if VECS > 2
    default: column_3(p, rows, c); break;
#endif
  }
}

/** The one row of C of a product that has no other: its sums run in another order than a row's among others. */
static NOINLINE void single(const struct product *p, float *c) {
  switch (vectors_of(p->columns)) {
    case 1: tile_of_one(1, p, c); break;
    case 2: tile_of_one(2, p, c); break;
#if VECS > 2
    default: tile_of_one(3, p, c); break;
#endif
  }
}
