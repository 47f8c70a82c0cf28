// What every kernel needs: numbers, blocks of memory, and the pieces that a launch is cut into.
#pragma once
#include <stddef.h>
#include "shared.h"
#include "vec.h"

typedef int32_t i32;
typedef uint32_t u32;
typedef int64_t i64;
typedef uint64_t u64;
typedef double f64;

/** Where a block begins, in floats from the memory's start; 0 is none. */
typedef u32 ref;

#define PER_THREAD static _Thread_local

/** Its SCRATCH_BYTES. */
PER_THREAD float *scratch;

/** The floats of a block, or null. WebAssembly's memory begins at 0. */
#if defined(__wasm__)
INLINE float *at(ref block) { return (float *)((size_t)block << 2); }
#else
PER_THREAD char *memory_start;
INLINE float *at(ref block) { return block == 0 ? NULL : (float *)(memory_start + ((size_t)block << 2)); }
#endif

INLINE i32 least(i32 a, i32 b) { return a < b ? a : b; }
INLINE i32 most(i32 a, i32 b) { return a > b ? a : b; }
INLINE i32 ceil_div(i32 a, i32 b) { return (a + b - 1) / b; }

/** Numbers that are added one after the other: more are added as sums of so many, as each addition rounds. */
#define LONGEST_SUM 1024

/** Where a run from i on ends that is as long as `longest` allows. */
INLINE i32 run_end(i32 i, i32 longest, i32 count) { return count - i > longest ? i + longest : count; }

/** Where piece i of n equal pieces of `count` begins; it ends where i + 1 begins. */
INLINE i32 start_of(i32 i, i32 n, i32 count) { return (i32)((i64)i * count / n); }

/** A chunk's block, and which of the other things it is cut into. */
struct place {
  i32 block, other;
};

/**
 * Place of a chunk among blocks × others: the first half of the blocks comes before the second, for threads begin at either
 * end (queue.h) and find in their caches what they have written. In a half the blocks' number runs fastest.
 */
INLINE struct place halved(i32 chunk, i32 blocks, i32 others) {
  const i32 half = blocks / 2, early = chunk < half * others, first = early ? 0 : half, size = early ? half : blocks - half;
  chunk -= first * others;
  return (struct place){first + chunk % size, chunk / size};
}

INLINE void clear(float *p, size_t floats) { __builtin_memset(p, 0, floats * 4); }
INLINE void copy(float *to, const float *from, size_t floats) { __builtin_memcpy(to, from, floats * 4); }

/** Whether a build does without code that gains it nothing: pages load WebAssembly, and V8 keeps few sums in registers. */
#if defined(__wasm__)
#define BRIEF 1
#else
#define BRIEF 0
#endif

/**
 * Before a loop of few, constant steps: what they index must become registers. Before a long loop the other way: its sums
 * would be ordered one after the other, and what they wait for be spilled.
 */
#if defined(__clang__)
#define UNROLLED _Pragma("clang loop unroll(full)")
#define NOT_UNROLLED _Pragma("clang loop unroll(disable)")
#else
#define UNROLLED _Pragma("GCC unroll 32")
#define NOT_UNROLLED _Pragma("GCC unroll 1")
#endif

/** Loads that follow come after this sum: LLVM else loads the numbers of all rows first, more than there are registers. */
#if defined(__wasm__)
#define IN_TURN(sum) __asm__ volatile("" : : "r"(sum))
#else
#define IN_TURN(sum) ((void)0)
#endif
