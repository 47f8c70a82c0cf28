// The threads' queue: what was launched and who runs it. One control block that all threads share.
//
// The thread that launches puts commands into a queue and goes on; all threads that are free run them, one after the other. A
// command begins when all before it are finished, but for as many right before it as it says that it does not depend on: who
// finds nothing left of one takes of such a one meanwhile. Half of the threads begin at a command's first chunk and half at
// its last, and who is done first takes more; what a chunk computes does not depend on it. All accesses to the control block
// are sequentially consistent, and these hold at every moment:
//
// 1. Commands are numbered in the order of `head`, and an epoch skips a number. Numbers wrap, so they are compared by
//    their difference or for equality; no thread sleeps through 2^31 of them between two instructions.
// 2. All commands before `finished` are finished. The queue is empty where it has reached `head`.
// 3. A slot's `claimed` is (command, its claimed pieces): how many from its first on, and how many from its last back. A piece
//    belongs to the thread whose swap moved it past, so a thread that comes late takes nothing: its swap fails.
// 4. A slot is used again when its command is finished, and is closed while it is written: what was read between `claimed` and
//    a swap of it that succeeds is right.
// 5. A slot's `done` is (command, its finished pieces) and moves by swaps too: a piece that was given up counts nowhere. Who
//    counts a command's last piece moves `finished` as far as it goes.
// 6. An epoch is in `epoch`, and all slots are closed, before its first command is in one. A thread looks at it between
//    `claimed` and its swap, so one of an epoch gone by claims nothing of the next: another has its scratch memory by then.
// 7. `ready` and `failed` hold their epoch, so that those who come or die late are not taken for others.
#pragma once
#include "commands.h"
#include "wait.h"

/** Runs one chunk of a command (kernels.c). */
static void execute(const i32 *command, i32 chunk);

/** Each on cache lines of its own. Pairs are first << 32 | second. */
#define LINE __attribute__((aligned(64)))

/** A place for a command. */
struct slot {
  /** Pair: the command, its claimed pieces: those from the last back << 16 | those from the first on. */
  LINE u64 claimed;
  /** Pair: the command, its finished pieces. */
  u64 done;
  ref command;
  i32 chunks;
  /** How many commands right before it may be unfinished when it begins. */
  i32 independent;
};

struct queue {
  /** The first command that is not finished. */
  LINE i32 finished;
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
  struct slot slots[QUEUE_SLOTS];
};
_Static_assert(sizeof(struct queue) <= QUEUE_BYTES, "the memory's layout has a place of this size for the queue");

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

#define LOAD(place) __atomic_load_n(&(place), __ATOMIC_SEQ_CST)
#define STORE(place, value) __atomic_store_n(&(place), value, __ATOMIC_SEQ_CST)
#define GET(field) LOAD(queue->field)
#define SET(field, value) STORE(queue->field, value)
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
  u64 seen = LOAD(*field);
  while (first_of(seen) == wanted)
    if (swap(field, &seen, seen + 1)) return (i32)(seen + 1);
  return 0;
}

/** Tells those who wait that there is something new. */
static void tell(void) {
  ADD_TO(events, 1);
  if (GET(sleepers) > 0) wake_all(&queue->events);
}

/** The most pieces that are counted from either end: no command has more. */
#define MOST_PIECES 0xffff
/** What `claimed` grows by with a piece from the first on, and from the last back. */
#define ONE_FORWARD 1
#define ONE_BACKWARD 0x10000

/** Of how many chunks a piece is made: one, where they can be counted. */
INLINE i32 chunks_per_piece(i32 chunks) { return ceil_div(chunks, MOST_PIECES); }

INLINE i32 claimed_forward(u64 claimed) { return (i32)(claimed & 0xffff); }
INLINE i32 claimed_backward(u64 claimed) { return (i32)(claimed >> 16 & 0xffff); }

/** What `claimed` of a command's slot is while nothing is to be claimed: that of a command which has another slot. */
INLINE u64 closed(i32 command) { return pair(command ^ 1, 0); }

INLINE struct slot *slot_of(i32 command) { return &queue->slots[command & (QUEUE_SLOTS - 1)]; }

/** How many pieces the command of a slot has. */
static i32 pieces_of(struct slot *slot) {
  const i32 chunks = LOAD(slot->chunks);
  return ceil_div(chunks, chunks_per_piece(chunks));
}

/** Moves `finished` past all commands that are: the part of whoever has counted a last piece. */
static void move_finished(void) {
  for (;;) {
    i32 command = GET(finished);
    if (ahead(GET(head), command) <= 0) return;
    struct slot *slot = slot_of(command);
    const u64 done = LOAD(slot->done);
    // Where the slot is another command's, `finished` was moved meanwhile.
    if (first_of(done) != command) continue;
    if ((i32)done != pieces_of(slot)) return;
    const i32 next = (i32)((u32)command + 1);
    if (__atomic_compare_exchange_n(&queue->finished, &command, next, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) tell();
  }
}

/** Claims and runs a piece of a command; 0 where there is none to claim. */
static int run_piece(i32 command) {
  struct slot *slot = slot_of(command);
  u64 claimed = LOAD(slot->claimed);
  if (first_of(claimed) != command) return 0;
  const ref address = LOAD(slot->command);
  const i32 chunks = LOAD(slot->chunks), per_piece = chunks_per_piece(chunks), pieces = ceil_div(chunks, per_piece);
  do {
    if (first_of(claimed) != command || claimed_forward(claimed) + claimed_backward(claimed) >= pieces) return 0;
    if (GET(epoch) != life) return 0;
  } while (!swap(&slot->claimed, &claimed, claimed + (backward ? ONE_BACKWARD : ONE_FORWARD)));
  const i32 piece = backward ? pieces - 1 - claimed_backward(claimed) : claimed_forward(claimed);
  const i32 first = piece * per_piece, end = least(chunks, first + per_piece);
  for (i32 chunk = first; chunk < end; chunk++) execute((const i32 *)at(address), chunk);
  if (increment(&slot->done, command) == pieces) move_finished();
  return 1;
}

/** Runs a piece of the first command that may begin and has one to claim; 0 where there is none. */
static int run_some(void) {
  const i32 finished = GET(finished);
  for (i32 i = 0; i <= MOST_AHEAD; i++) {
    const i32 command = (i32)((u32)finished + (u32)i);
    if (ahead(GET(head), command) <= 0) return 0;
    if (i <= LOAD(slot_of(command)->independent) && run_piece(command)) return 1;
  }
  return 0;
}

/** Runs pieces until there is none to claim. */
static void work(void) {
  while (run_some()) {
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
  for (i32 i = 0; i < QUEUE_SLOTS; i++) STORE(queue->slots[i].claimed, closed(i));
  // A number that no thread of the last epoch holds; `finished` is never behind `head` on the way, so the queue looks empty.
  const i32 next = (i32)((u32)GET(head) + 1);
  SET(finished, next);
  SET(head, next);
  ADD_TO(events, 1);
  wake_all(&queue->events);
}

/** Puts a command into the queue, which must have room; one without chunks is done already. */
static void put_command(ref command, i32 chunks, i32 independent) {
  if (chunks <= 0) return;
  const i32 head = GET(head);
  struct slot *slot = slot_of(head);
  STORE(slot->claimed, closed(head));
  STORE(slot->command, command);
  STORE(slot->chunks, chunks);
  STORE(slot->independent, independent);
  STORE(slot->done, pair(head, 0));
  STORE(slot->claimed, pair(head, 0));
  SET(head, (i32)((u32)head + 1));
  tell();
}

/** Puts recorded commands into the queue, which must have room for all. */
static void put_commands(ref commands, i32 count) {
  for (i32 i = 0; i < count; i++, commands += COMMAND_WORDS) {
    const struct head *head = (const struct head *)at(commands);
    put_command(commands, head->chunks, head->independent);
  }
}

/**
 * Helps until at most `left` commands are left: 0; or, not done, a worker's number when that one failed, or −1 after
 * `patience` waits of 0.1 s without an event (of as many spins where the thread may not block).
 */
static i32 drain_queue(i32 left, i32 may_block, i32 patience) {
  for (;;) {
    const i32 seen = GET(events);
    work();
    if (ahead(GET(head), GET(finished)) <= left) return 0;
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
    const struct head *head = (const struct head *)at(commands);
    // What is one chunk stays on this thread, whose caches hold what the command before wrote.
    if (head->chunks == 1) {
      execute((const i32 *)head, 0);
    } else {
      put_command(commands, head->chunks, 0);
      status = drain_queue(0, may_block, patience);
    }
  }
  return status;
}
