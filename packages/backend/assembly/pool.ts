// The threads' side of the queue. One control block in shared memory; every thread has an instance of this module.
//
// The thread that launches puts commands into a queue and goes on; they run one after the other, each by all threads
// that are free. Which thread takes which chunk is left to chance; what a chunk computes does not depend on it. All
// accesses to the control block are sequentially consistent, and these hold at every moment:
//
// 1. Commands are numbered in the order of HEAD, and an epoch skips a number. Numbers wrap, so they are compared by
//    their difference or for equality; no thread sleeps through 2^31 of them between two instructions.
// 2. STATE is (command, its next chunk). A chunk belongs to the thread whose swap moved STATE past it, so a thread
//    that comes late takes nothing: its swap fails. The queue is empty where STATE's command has reached HEAD.
// 3. A slot stays as it is until its command is finished, so what was read before a swap that succeeds is right.
// 4. DONE is (command, its finished chunks) and moves by swaps too: a chunk that was given up counts nowhere. Who
//    counts a command's last chunk opens the next, in DONE first.
// 5. An epoch is in EPOCH before its first command is in STATE. A thread looks at EPOCH between STATE and its swap,
//    so one of an epoch gone by claims nothing of the next: another has its scratch memory by then.
// 6. READY and FAILED hold their epoch, so that those who come or die late are not taken for others.
import { execute } from './dispatch';

// The control block's fields (byte offsets), each on a cache line of its own. Pairs are u64: first << 32 | second.
const STATE: usize = 0; // pair: command that runs, its next chunk
const DONE: usize = 64; // pair: command that runs, its finished chunks
const HEAD: usize = 128; // i32: the next command's number; written by the thread that launches alone
const EVENTS: usize = 192; // i32: commands put in or finished, to sleep on
const SLEEPERS: usize = 256; // i32: threads asleep or about to be
const EPOCH: usize = 320; // i32: workers of another epoch must leave
const FAILED: usize = 384; // pair: epoch, number of a worker that failed or 0
const READY: usize = 448; // pair: epoch, its workers that have come
const QUEUE: usize = 1024; // SLOTS × (u32 address of a command, i32 its chunks)

/** Commands that the queue holds, a power of two; the same in src/runtime/commands.ts. */
const SLOTS: i32 = 2048;

// A thread looks this often for work before it sleeps: about 0.1 ms, longer than the JavaScript between two kernels
// takes, so that a step wakes nobody.
const SPINS: i32 = 20000;
const WAIT_NANOSECONDS: i64 = 100_000_000;

let control: usize = 0;
/** The epoch that this thread works in. */
let life: i32 = 0;

/** Address of this thread's scratch memory (SCRATCH_BYTES of it). */
export let scratch: usize = 0;

/** Must be called once in every instance. */
export function setup(controlBlock: usize, scratchMemory: usize): void {
  control = controlBlock;
  scratch = scratchMemory;
}

// @ts-ignore: decorator
@inline
function slot(command: i32): usize {
  return control + QUEUE + (<usize>(command & (SLOTS - 1)) << 3);
}

// @ts-ignore: decorator
@inline
function pair(first: i32, second: i32): u64 {
  return (<u64>(<u32>first) << 32) | <u64>(<u32>second);
}

// @ts-ignore: decorator
@inline
function first(pair: u64): i32 {
  return <i32>(pair >> 32);
}

/** Adds 1 to a pair's second number, if its first is `wanted`; returns the new one, or 0. */
function increment(field: usize, wanted: i32): i32 {
  let seen = atomic.load<u64>(control + field);
  while (first(seen) == wanted) {
    const now = atomic.cmpxchg<u64>(control + field, seen, seen + 1);
    if (now == seen) return <i32>seen + 1;
    seen = now;
  }
  return 0;
}

/** Tells those who wait that there is something new. */
function tell(): void {
  atomic.add<i32>(control + EVENTS, 1);
  if (atomic.load<i32>(control + SLEEPERS) > 0) atomic.notify(control + EVENTS, -1);
}

/** Claims and runs chunks until there is none to claim. */
function work(): void {
  for (;;) {
    const state = atomic.load<u64>(control + STATE);
    const command = first(state);
    if (atomic.load<i32>(control + HEAD) - command <= 0) return;
    const address = <usize>atomic.load<u32>(slot(command));
    const chunks = atomic.load<i32>(slot(command), 4);
    const chunk = <i32>state;
    if (chunk >= chunks) return;
    if (atomic.load<i32>(control + EPOCH) != life) return;
    if (atomic.cmpxchg<u64>(control + STATE, state, state + 1) != state) continue;
    execute(address, chunk);
    if (increment(DONE, command) == chunks) open(command, chunks);
  }
}

/** Ends a command whose chunks are all finished; does nothing where it was given up. */
function open(command: i32, chunks: i32): void {
  const ended = pair(command, chunks);
  const next = pair(command + 1, 0);
  if (atomic.cmpxchg<u64>(control + DONE, ended, next) != ended) return;
  if (atomic.cmpxchg<u64>(control + STATE, ended, next) == ended) tell();
}

/** Counts this thread among the workers of an epoch; 0 where that one is over. */
export function join(epoch: i32): i32 {
  life = epoch;
  return increment(READY, epoch);
}

/** A worker's life after it has joined: run what comes while its epoch lasts. */
export function serve(): void {
  const epoch = life;
  while (atomic.load<i32>(control + EPOCH) == epoch) {
    const seen = atomic.load<i32>(control + EVENTS);
    work();
    let spins = 0;
    while (atomic.load<i32>(control + EVENTS) == seen && atomic.load<i32>(control + EPOCH) == epoch) {
      if (++spins < SPINS) continue;
      atomic.add<i32>(control + SLEEPERS, 1);
      if (atomic.load<i32>(control + EPOCH) == epoch) atomic.wait<i32>(control + EVENTS, seen, -1);
      atomic.sub<i32>(control + SLEEPERS, 1);
      spins = 0;
    }
  }
}

/** Notes that this worker dies of an error, where those who wait see it. */
export function fail(worker: i32): void {
  atomic.cmpxchg<u64>(control + FAILED, pair(life, 0), pair(life, worker));
  atomic.add<i32>(control + EVENTS, 1);
  atomic.notify(control + EVENTS, -1);
}

/** Workers that have come in this epoch. */
export function workers(): i32 {
  return <i32>atomic.load<u64>(control + READY);
}

/** Begins an epoch with an empty queue: workers of the one before leave, sleeping ones are woken to do so. */
export function begin(epoch: i32): void {
  life = epoch;
  atomic.store<i32>(control + EPOCH, epoch);
  atomic.store<u64>(control + FAILED, pair(epoch, 0));
  atomic.store<u64>(control + READY, pair(epoch, 0));
  // A number that no thread of the last epoch holds; STATE is never behind HEAD on the way, so the queue looks empty.
  const next = atomic.load<i32>(control + HEAD) + 1;
  atomic.store<u64>(control + DONE, pair(next, 0));
  atomic.store<u64>(control + STATE, pair(next, 0));
  atomic.store<i32>(control + HEAD, next);
  atomic.add<i32>(control + EVENTS, 1);
  atomic.notify(control + EVENTS, -1);
}

/** Puts a command into the queue, which must have room; one without chunks is done already. */
export function enqueue(command: usize, chunks: i32): void {
  if (chunks <= 0) return;
  const head = atomic.load<i32>(control + HEAD);
  atomic.store<u32>(slot(head), <u32>command);
  atomic.store<i32>(slot(head), chunks, 4);
  atomic.store<i32>(control + HEAD, head + 1);
  tell();
}

/** Runs a command at once, on this thread alone; the queue must be empty. */
export function run(command: usize, chunks: i32): void {
  for (let chunk = 0; chunk < chunks; chunk++) execute(command, chunk);
}

/**
 * Helps until at most `most` commands are left: 0; or, not done, a worker's number when that one failed, or −1
 * after `patience` waits of 0.1 s without an event (of as many spins where the thread may not block).
 */
export function drain(most: i32, mayBlock: i32, patience: i32): i32 {
  for (;;) {
    const seen = atomic.load<i32>(control + EVENTS);
    work();
    const left = atomic.load<i32>(control + HEAD) - first(atomic.load<u64>(control + STATE));
    if (left <= most) return 0;
    let spins = 0;
    let waits = 0;
    while (atomic.load<i32>(control + EVENTS) == seen) {
      if (++spins < SPINS) continue;
      spins = 0;
      const failed = <i32>atomic.load<u64>(control + FAILED);
      if (failed != 0) return failed;
      if (mayBlock == 0) {
        if (++waits > patience * 1000) return -1;
        continue;
      }
      atomic.add<i32>(control + SLEEPERS, 1);
      const timedOut = atomic.wait<i32>(control + EVENTS, seen, WAIT_NANOSECONDS) == 2;
      atomic.sub<i32>(control + SLEEPERS, 1);
      if (timedOut && ++waits > patience) return -1;
    }
  }
  return 0;
}

/** Runs `count` recorded commands one after the other; each is 256 bytes, its second word the number of chunks. */
export function replay(commands: usize, count: i32, mayBlock: i32, patience: i32): i32 {
  let status = drain(0, mayBlock, patience);
  for (let i = 0; i < count && status == 0; i++, commands += 256) {
    const chunks = load<i32>(commands, 4);
    // What is one chunk stays on this thread, whose caches hold what the command before wrote.
    if (chunks == 1) {
      execute(commands, 0);
    } else {
      enqueue(commands, chunks);
      status = drain(0, mayBlock, patience);
    }
  }
  return status;
}
