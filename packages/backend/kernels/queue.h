// The threads' queue: what was launched and who runs it. One control block that all threads share.
//
// The thread that launches puts commands into a queue and goes on; they run one after the other, each by all threads that
// are free. Half of them begin at its first chunk and half at its last, and who is done first takes more; what a chunk
// computes does not depend on it. All accesses to the control block are sequentially consistent, and these hold at every moment:
//
// 1. Commands are numbered in the order of `head`, and an epoch skips a number. Numbers wrap, so they are compared by
//    their difference or for equality; no thread sleeps through 2^31 of them between two instructions.
// 2. `state` is (command, its claimed pieces): how many from its first on, and how many from its last back. A piece belongs
//    to the thread whose swap moved it past, so a thread that comes late takes nothing: its swap fails. The queue is empty
//    where state's command has reached `head`.
// 3. A slot stays as it is until its command is finished, so what was read before a swap that succeeds is right.
// 4. `done` is (command, its finished pieces) and moves by swaps too: a piece that was given up counts nowhere. Who counts
//    a command's last piece opens the next, in `done` first.
// 5. An epoch is in `epoch` before its first command is in `state`. A thread looks at it between `state` and its swap, so
//    one of an epoch gone by claims nothing of the next: another has its scratch memory by then.
// 6. `ready` and `failed` hold their epoch, so that those who come or die late are not taken for others.
#pragma once
#include "commands.h"
#include "wait.h"

/** Runs one chunk of a command (kernels.c). */
static void execute(const i32 *command, i32 chunk);

struct slot {
  ref command;
  i32 chunks;
};

/** Each field on a cache line of its own. Pairs are first << 32 | second. */
#define LINE __attribute__((aligned(64)))
struct queue {
  /** Pair: the command that runs, its claimed pieces: those from the last back << 16 | those from the first on. */
  LINE u64 state;
  /** Pair: the command that runs, its finished pieces. */
  LINE u64 done;
  /** The next command's number; written by the thread that launches alone. */
  LINE i32 head;
  /** Commands put in or finished, to sleep on. */
  LINE i32 events;
  /** Threads asleep or about to be. */
  LINE i32 sleepers;
  /** Workers of another epoch must leave. */
  LINE i32 epoch;
  /** Pair: epoch, number of a worker that failed or 0. */
  LINE u64 failed;
  /** Pair: epoch, its workers that have come. */
  LINE u64 ready;
  LINE struct slot slots[QUEUE_SLOTS];
};

/** A thread looks this often for work before it sleeps: about 0.1 ms, longer than the JavaScript between two kernels takes,
 *  so that a step wakes nobody. */
#define SPINS 20000
#define WAIT_NANOSECONDS 100000000

PER_THREAD struct queue *queue;
/** The epoch that this thread works in. */
PER_THREAD i32 life;
/** Whether this thread begins at a command's last piece: always at the same end, so that it mostly reads what it has
 *  written itself, which its own caches hold. */
PER_THREAD i32 backward;

#define GET(field) __atomic_load_n(&queue->field, __ATOMIC_SEQ_CST)
#define SET(field, value) __atomic_store_n(&queue->field, value, __ATOMIC_SEQ_CST)
#define ADD_TO(field, value) __atomic_add_fetch(&queue->field, value, __ATOMIC_SEQ_CST)

INLINE u64 pair(i32 first, i32 second) { return (u64)(u32)first << 32 | (u32)second; }
INLINE i32 first_of(u64 pair) { return (i32)(pair >> 32); }
/** a − b of numbers that wrap. */
INLINE i32 ahead(i32 a, i32 b) { return (i32)((u32)a - (u32)b); }

/** Moves a pair from `seen` to `next` if it is that still; `seen` becomes what it was. */
INLINE int swap(u64 *field, u64 *seen, u64 next) {
  return __atomic_compare_exchange_n(field, seen, next, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/** Adds 1 to a pair's second number, if its first is `wanted`; gives the new one, or 0. */
static i32 increment(u64 *field, i32 wanted) {
  u64 seen = __atomic_load_n(field, __ATOMIC_SEQ_CST);
  while (first_of(seen) == wanted)
    if (swap(field, &seen, seen + 1)) return (i32)(seen + 1);
  return 0;
}

/** Tells those who wait that there is something new. */
static void tell(void) {
  ADD_TO(events, 1);
  if (GET(sleepers) > 0) wake_all(&queue->events);
}

/** The most pieces that are counted from either end. */
#define MOST_PIECES 0xffff
/** What `state` grows by with a piece from the first on, and from the last back. */
#define ONE_FORWARD 1
#define ONE_BACKWARD (MOST_PIECES + 1)

/** Of how many chunks a piece is made: one, where they can be counted. */
INLINE i32 chunks_per_piece(i32 chunks) { return ceil_div(chunks, MOST_PIECES); }

INLINE i32 claimed_forward(u64 state) { return (i32)(state & MOST_PIECES); }
INLINE i32 claimed_backward(u64 state) { return (i32)(state >> 16 & MOST_PIECES); }

/** Ends a command whose pieces are all finished; does nothing where it was given up. */
static void open_next(i32 command, i32 pieces) {
  u64 ended = pair(command, pieces);
  const u64 next = pair(command + 1, 0);
  if (!swap(&queue->done, &ended, next)) return;
  u64 state = GET(state);
  if (first_of(state) == command && swap(&queue->state, &state, next)) tell();
}

/** Claims and runs pieces until there is none to claim. */
static void work(void) {
  for (;;) {
    u64 state = GET(state);
    const i32 command = first_of(state), forward = claimed_forward(state), back = claimed_backward(state);
    if (ahead(GET(head), command) <= 0) return;
    const struct slot *slot = &queue->slots[command & (QUEUE_SLOTS - 1)];
    const ref address = __atomic_load_n(&slot->command, __ATOMIC_SEQ_CST);
    const i32 chunks = __atomic_load_n(&slot->chunks, __ATOMIC_SEQ_CST);
    const i32 per_piece = chunks_per_piece(chunks), pieces = ceil_div(chunks, per_piece);
    if (forward + back >= pieces) return;
    if (GET(epoch) != life) return;
    if (!swap(&queue->state, &state, state + (backward ? ONE_BACKWARD : ONE_FORWARD))) continue;
    const i32 first = (backward ? pieces - 1 - back : forward) * per_piece, end = least(chunks, first + per_piece);
    for (i32 chunk = first; chunk < end; chunk++) execute((const i32 *)at(address), chunk);
    if (increment(&queue->done, command) == pieces) open_next(command, pieces);
  }
}

/** Counts this thread among the workers of an epoch; 0 where that one is over. */
static i32 join_epoch(i32 epoch) {
  life = epoch;
  const i32 worker = increment(&queue->ready, epoch);
  backward = worker & 1;
  return worker;
}

/** A worker's life after it has joined: runs what comes while its epoch lasts. */
static void serve_epoch(void) {
  const i32 epoch = life;
  while (GET(epoch) == epoch) {
    const i32 seen = GET(events);
    work();
    for (i32 spins = 0; GET(events) == seen && GET(epoch) == epoch;) {
      if (++spins < SPINS) continue;
      ADD_TO(sleepers, 1);
      if (GET(epoch) == epoch) sleep_on(&queue->events, seen, -1);
      ADD_TO(sleepers, -1);
      spins = 0;
    }
  }
}

/** Notes that a worker dies of an error, where those who wait see it. */
static void note_failure(i32 worker) {
  u64 none = pair(life, 0);
  swap(&queue->failed, &none, pair(life, worker));
  ADD_TO(events, 1);
  wake_all(&queue->events);
}

/** Begins an epoch with an empty queue: workers of the one before leave, sleeping ones are woken to do so. */
static void begin_epoch(i32 epoch) {
  life = epoch;
  SET(epoch, epoch);
  SET(failed, pair(epoch, 0));
  SET(ready, pair(epoch, 0));
  // A number that no thread of the last epoch holds; state is never behind head on the way, so the queue looks empty.
  const i32 next = GET(head) + 1;
  SET(done, pair(next, 0));
  SET(state, pair(next, 0));
  SET(head, next);
  ADD_TO(events, 1);
  wake_all(&queue->events);
}

/** Puts a command into the queue, which must have room; one without chunks is done already. */
static void put_command(ref command, i32 chunks) {
  if (chunks <= 0) return;
  const i32 head = GET(head);
  struct slot *slot = &queue->slots[head & (QUEUE_SLOTS - 1)];
  __atomic_store_n(&slot->command, command, __ATOMIC_SEQ_CST);
  __atomic_store_n(&slot->chunks, chunks, __ATOMIC_SEQ_CST);
  SET(head, head + 1);
  tell();
}

/** Puts recorded commands into the queue, which must have room for all; the second word of each is its number of chunks. */
static void put_commands(ref commands, i32 count) {
  for (i32 i = 0; i < count; i++, commands += COMMAND_WORDS) put_command(commands, ((const i32 *)at(commands))[1]);
}

/**
 * Helps until at most `left` commands are left: 0; or, not done, a worker's number when that one failed, or −1 after
 * `patience` waits of 0.1 s without an event (of as many spins where the thread may not block).
 */
static i32 drain_queue(i32 left, i32 may_block, i32 patience) {
  for (;;) {
    const i32 seen = GET(events);
    work();
    if (ahead(GET(head), first_of(GET(state))) <= left) return 0;
    i32 spins = 0, waits = 0;
    while (GET(events) == seen) {
      if (++spins < SPINS) continue;
      spins = 0;
      const i32 failed = (i32)GET(failed);
      if (failed != 0) return failed;
      if (!may_block) {
        if (++waits > patience * 1000) return -1;
        continue;
      }
      ADD_TO(sleepers, 1);
      const int late = sleep_on(&queue->events, seen, WAIT_NANOSECONDS);
      ADD_TO(sleepers, -1);
      if (late && ++waits > patience) return -1;
    }
  }
}

/** Runs recorded commands one after the other, and waits for each: for one image, whose kernels are short. */
static i32 replay_commands(ref commands, i32 count, i32 may_block, i32 patience) {
  i32 status = drain_queue(0, may_block, patience);
  for (i32 i = 0; i < count && status == 0; i++, commands += COMMAND_WORDS) {
    const i32 *command = (const i32 *)at(commands), chunks = command[1];
    // What is one chunk stays on this thread, whose caches hold what the command before wrote.
    if (chunks == 1) {
      execute(command, 0);
    } else {
      put_command(commands, chunks);
      status = drain_queue(0, may_block, patience);
    }
  }
  return status;
}
