// A vector of LANES floats: the only place that knows the instruction set.
//
// Every operation is one rounding a lane, the same for every width, so that what a kernel gives does not depend on LANES.
// What is not a lane's own (a sum over lanes) has a fixed order: see sum_lanes.
#pragma once
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))

// With EMULATED, vectors of 16 floats are what the compiler makes of loops: to test the widest build where it does not run.
#if defined(EMULATED)
#define LANES 16
#define FUSED 1
#elif defined(__AVX512F__)
#include <immintrin.h>
#define LANES 16
#define FUSED 1
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
#define LANES 8
#define FUSED 1
#elif defined(__SSE2__)
#include <immintrin.h>
#define LANES 4
#define FUSED 0
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#define LANES 4
#define FUSED 1
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#define LANES 4
#ifdef __wasm_relaxed_simd__
#define FUSED 1
#else
#define FUSED 0
#endif
#else
#error "vec.h knows AVX-512, AVX2 with FMA, SSE2, NEON and WebAssembly SIMD"
#endif

/** Vectors that registers hold. */
#if LANES == 16 || defined(__ARM_NEON)
#define REGISTERS 32
#else
#define REGISTERS 16
#endif

typedef float vec __attribute__((vector_size(4 * LANES)));
/** Of a comparison: all bits of a lane, or none. */
typedef int32_t mask __attribute__((vector_size(4 * LANES)));
/** The bits of its lanes as numbers that wrap. */
typedef uint32_t lane_bits __attribute__((vector_size(4 * LANES)));
typedef float loose_vec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

INLINE vec load(const float *p) { return *(const loose_vec *)p; }
INLINE void store(float *p, vec v) { *(loose_vec *)p = v; }

INLINE vec splat(float x) {
#if defined(__wasm_simd128__)
  return (vec)wasm_f32x4_splat(x);
#else
  return x - (vec){};
#endif
}

/** *p in every lane. */
INLINE vec load_splat(const float *p) {
#if defined(__wasm_simd128__)
  return (vec)wasm_v128_load32_splat(p);
#else
  return splat(*p);
#endif
}

/** a · b + c, rounded once where FUSED. */
INLINE vec madd(vec a, vec b, vec c) {
#if defined(EMULATED)
  for (int i = 0; i < LANES; i++) c[i] = __builtin_fmaf(a[i], b[i], c[i]);
  return c;
#elif defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, c);
#elif defined(__AVX2__) && defined(__FMA__)
  return _mm256_fmadd_ps(a, b, c);
#elif defined(__ARM_NEON)
  return vfmaq_f32(c, a, b);
#elif defined(__wasm_relaxed_simd__)
  return (vec)wasm_f32x4_relaxed_madd((v128_t)a, (v128_t)b, (v128_t)c);
#else
  return a * b + c;
#endif
}

INLINE vec either(mask which, vec a, vec b) { return (vec)((which & (mask)a) | (~which & (mask)b)); }
/** v where the mask is set, 0 elsewhere. */
INLINE vec keep(mask which, vec v) { return (vec)(which & (mask)v); }

/** b < a ? b : a, so that a NaN in a stays and one in b is passed over. */
INLINE vec lower(vec a, vec b) {
#if defined(EMULATED)
  return either(b < a, b, a);
#elif defined(__AVX512F__)
  return _mm512_min_ps(b, a);
#elif defined(__AVX2__) && defined(__FMA__)
  return _mm256_min_ps(b, a);
#elif defined(__SSE2__)
  return _mm_min_ps(b, a);
#elif defined(__wasm_simd128__)
  return (vec)wasm_f32x4_pmin((v128_t)a, (v128_t)b);
#else
  return either(b < a, b, a);
#endif
}

/** a < b ? b : a, so that a NaN in a stays and one in b is passed over. */
INLINE vec higher(vec a, vec b) {
#if defined(EMULATED)
  return either(a < b, b, a);
#elif defined(__AVX512F__)
  return _mm512_max_ps(b, a);
#elif defined(__AVX2__) && defined(__FMA__)
  return _mm256_max_ps(b, a);
#elif defined(__SSE2__)
  return _mm_max_ps(b, a);
#elif defined(__wasm_simd128__)
  return (vec)wasm_f32x4_pmax((v128_t)a, (v128_t)b);
#else
  return either(a < b, b, a);
#endif
}

/** The larger one; NaN where one is NaN, and 0 is larger than −0. */
INLINE vec maximum(vec a, vec b) {
  // Of two zeros the sum of the signs' complement: −0 only where both are.
  vec larger = either(a == b, (vec)((mask)a & (mask)b), higher(a, b));
  return either(b == b, larger, b);
}

/** The smaller one; NaN where one is NaN, and −0 is smaller than 0. */
INLINE vec minimum(vec a, vec b) {
  vec smaller = either(a == b, (vec)((mask)a | (mask)b), lower(a, b));
  return either(b == b, smaller, b);
}

INLINE vec root(vec v) {
#if defined(EMULATED)
  for (int i = 0; i < LANES; i++) v[i] = __builtin_sqrtf(v[i]);
  return v;
#elif defined(__AVX512F__)
  return _mm512_sqrt_ps(v);
#elif defined(__AVX2__) && defined(__FMA__)
  return _mm256_sqrt_ps(v);
#elif defined(__SSE2__)
  return _mm_sqrt_ps(v);
#elif defined(__ARM_NEON)
  return vsqrtq_f32(v);
#else
  return (vec)wasm_f32x4_sqrt((v128_t)v);
#endif
}

INLINE vec negative(vec v) { return -v; }
INLINE vec absolute(vec v) { return (vec)((mask)v & 0x7fffffff); }

#if LANES == 8
/** Read from place 8 − n on, the first n lanes are set. */
static const int32_t first_lanes[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
#endif

/** Without masked loads and stores a part takes branches: not copied into each loop. */
#if LANES == 4
#define PART static NOINLINE
#else
#define PART INLINE
#endif

/** The first n floats, 1 to LANES − 1; the other lanes are 0. */
PART vec load_part(const float *p, int n) {
#if defined(EMULATED)
  vec v = {};
  for (int i = 0; i < n; i++) v[i] = p[i];
  return v;
#elif LANES == 16
  return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#elif LANES == 8
  return _mm256_maskload_ps(p, _mm256_loadu_si256((const __m256i *)(first_lanes + 8 - n)));
#else
  vec v = {p[0], n > 1 ? p[1] : 0, n > 2 ? p[2] : 0, 0};
  return v;
#endif
}

/** Stores the first n lanes, 1 to LANES − 1. */
PART void store_part(float *p, vec v, int n) {
#if defined(EMULATED)
  for (int i = 0; i < n; i++) p[i] = v[i];
#elif LANES == 16
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), v);
#elif LANES == 8
  _mm256_maskstore_ps(p, _mm256_loadu_si256((const __m256i *)(first_lanes + 8 - n)), v);
#else
  p[0] = v[0];
  if (n > 1) p[1] = v[1];
  if (n > 2) p[2] = v[2];
#endif
}

/** Loads min(n, LANES) floats. */
INLINE vec load_up_to(const float *p, int n) { return n >= LANES ? load(p) : load_part(p, n); }

/** Stores min(n, LANES) floats. */
INLINE void store_up_to(float *p, vec v, int n) {
  if (n >= LANES) store(p, v);
  else store_part(p, v, n);
}

/** Four floats, whatever LANES is: to move them, never to compute. */
typedef float four __attribute__((vector_size(16)));
typedef float loose_four __attribute__((vector_size(16), aligned(4), may_alias));
INLINE four load_four(const float *p) { return *(const loose_four *)p; }
INLINE void store_four(float *p, four v) { *(loose_four *)p = v; }

/** Of eight numbers, those of a and then those of b, four. */
#if defined(__clang__)
#define SHUFFLED(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
typedef int32_t four_places __attribute__((vector_size(16)));
#define SHUFFLED(a, b, ...) __builtin_shuffle(a, b, (four_places){__VA_ARGS__})
#endif

/** Lanes over which sums run, in all builds: as many as the widest has. */
#define SUM_LANES 16
/** Vectors of one such sum. */
#define SUM_VECS (SUM_LANES / LANES)

/** Σ over SUM_LANES lanes: halves are added until one is left. */
INLINE float sum_lanes(const vec v[SUM_VECS]) {
  float x[SUM_LANES];
  for (int i = 0; i < SUM_VECS; i++) store(x + i * LANES, v[i]);
  for (int half = SUM_LANES / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; i++) x[i] += x[i + half];
  }
  return x[0];
}
