// All kernels as one module: from a command's code to its kernel.
#include "batch_norm.c"
#include "booleans.c"
#include "clipping.c"
#include "convolution.c"
#include "depthwise.c"
#include "depthwise_filter_gradient.c"
#include "elementwise.c"
#include "filter_gradient.c"
#include "losses.c"
#include "matmul.c"
#include "optimizers.c"
#include "pack.c"
#include "pooling.c"
#include "queue.h"
#include "reduce.c"
#include "rows.c"
#include "transpose.c"
#include "types.c"
#include "winograd.c"

static void execute(const i32 *command, i32 chunk) {
  switch (command[0]) {
#define COMMAND(name, words) \
  case code_of_##name: name((const struct name *)command, chunk); break;
#include "commands.def"
#undef COMMAND
    default: __builtin_trap();
  }
}
