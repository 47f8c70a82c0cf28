// The module's exports in WebAssembly; every thread has an instance of it. Addresses are bytes.
#include "kernels.c"

#define EXPORT(name) __attribute__((export_name(name)))

/** Must be called once in every instance. */
EXPORT("setup") void setup(u32 control, u32 scratch_memory) {
  queue = (struct queue *)control;
  scratch = (float *)scratch_memory;
}

EXPORT("begin") void begin(i32 epoch) { begin_epoch(epoch); }
EXPORT("join") i32 join(i32 epoch) { return join_epoch(epoch); }
EXPORT("serve") void serve(void) { serve_epoch(); }
EXPORT("fail") void fail(i32 worker) { note_failure(worker); }
/** Workers that have come in this epoch. */
EXPORT("workers") i32 workers(void) { return (i32)GET(ready); }
EXPORT("enqueue") void enqueue(u32 command, i32 chunks) { put_command(command >> 2, chunks, 0); }
EXPORT("feed") void feed(u32 commands, i32 count) { put_commands(commands >> 2, count); }
/** Runs a command at once, on this thread alone; the queue must be empty. */
EXPORT("run") void run(u32 command, i32 chunks) {
  for (i32 chunk = 0; chunk < chunks; chunk++) execute((const i32 *)command, chunk);
}
EXPORT("drain") i32 drain(i32 left, i32 may_block, i32 patience) { return drain_queue(left, may_block, patience); }
EXPORT("replay") i32 replay(u32 commands, i32 count, i32 may_block, i32 patience) {
  return replay_commands(commands >> 2, count, may_block, patience);
}
/** Floats of a vector, and columns of a panel of a packed matrix. */
EXPORT("lanes") i32 lanes(void) { return LANES; }
EXPORT("panel") i32 panel(void) { return PANEL; }
