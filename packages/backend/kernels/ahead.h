// Fetching what is read soon.
//
// Lanes are channels, so a kernel that goes along a row for one vector of channels touches a line a pixel, and lines that far
// apart no processor fetches by itself: from the main memory each would be waited for. Hence what the next rows need is
// fetched in the order of memory while these are computed, a piece at a time: all at once it would fill the core's
// buffers for misses, and everything else would wait.
#pragma once
#include "kernel.h"

/** Floats that lie one after the other; beyond the end of a block nothing comes of it. */
struct ahead {
  const float *from;
  size_t floats;
};

/** Fetches piece i of n into the L2 cache; not in WebAssembly, which has no instruction for it. */
INLINE void fetch_piece(struct ahead ahead, i32 i, i32 n) {
  if (BRIEF) return;
  const char *from = (const char *)ahead.from;
  const size_t lines = ahead.floats / 16, end = lines * (i + 1) / n;
  for (size_t line = lines * i / n; line < end; line++) __builtin_prefetch(from + 64 * line, 0, 2);
}
