// The kernels as the processor's own code, a table of functions; compiled once for each instruction set, with BUILD its name.
#include "kernels.c"
#include "native.h"

static void enter(char *memory, u32 control, u32 scratch_memory) {
  memory_start = memory;
  queue = (struct queue *)(memory + control);
  scratch = (float *)(memory + scratch_memory);
  life = GET(epoch);
}

static i32 workers_here(void) { return (i32)GET(ready); }
static void enqueue(f64 command, i32 chunks) { put_command((ref)(command / 4), chunks, 0); }
static void feed(f64 commands, i32 count) { put_commands((ref)(commands / 4), count); }
static void run(f64 command, i32 chunks) {
  const i32 *words = (const i32 *)(memory_start + (size_t)command);
  for (i32 chunk = 0; chunk < chunks; chunk++) execute(words, chunk);
}
static i32 replay(f64 commands, i32 count, i32 may_block, i32 patience) {
  return replay_commands((ref)(commands / 4), count, may_block, patience);
}

const struct kernels BUILD = {
  .lanes = LANES,
  .panel = PANEL,
  .enter = enter,
  .begin = begin_epoch,
  .join = join_epoch,
  .serve = serve_epoch,
  .workers = workers_here,
  .enqueue = enqueue,
  .feed = feed,
  .run = run,
  .drain = drain_queue,
  .replay = replay,
};
