// The instruction sets that the addon was built for, HAS_ and a name of each, the best one first, and which of them this
// processor has.
#pragma once
#include "../kernels/native.h"

struct build {
  const char *name;
  const struct kernels *kernels;
  int (*runs)(void);
};

#if defined(__x86_64__) || defined(_M_X64)
extern const struct kernels kernels_v2, kernels_v3, kernels_v4;

// Asked of the processor and of the system, which must save the registers.
static inline int runs_v2(void) { return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt"); }
static inline int runs_v3(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("bmi2");
}
static inline int runs_v4(void) {
#if defined(EMULATED)
  return runs_v3();
#endif
  return runs_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

static const struct build builds[] = {
#if defined(HAS_v4)
  {"x86-64-v4", &kernels_v4, runs_v4},
#endif
#if defined(HAS_v3)
  {"x86-64-v3", &kernels_v3, runs_v3},
#endif
#if defined(HAS_v2)
  {"x86-64-v2", &kernels_v2, runs_v2},
#endif
};
#else
extern const struct kernels kernels_neon;

static int runs_always(void) { return 1; }
static const struct build builds[] = {{"arm64-neon", &kernels_neon, runs_always}};
#endif

#define BUILDS (int)(sizeof builds / sizeof *builds)
