// The threads' side of the queue. One control block in shared memory; every thread has an instance of this module.
//
// The thread that launches puts commands into a queue and goes on; they run one after the other, each by all threads
// that are free. A chunk is claimed by a compare-and-swap on one 64-bit word that holds the number of the command
// that runs and its next chunk, so a thread that comes late can never take a chunk of another command: its swap
// fails. Who finishes a command's last chunk opens the next. Which thread takes which chunk is left to chance; what
// a chunk computes does not depend on it.
import { execute } from './dispatch';

// The control block's fields (byte offsets), each on a cache line of its own.
const STATE: usize = 0; // u64: command that runs << 32 | its next chunk
const DONE: usize = 64; // i32: its chunks that are finished
const HEAD: usize = 128; // i32: commands put into the queue so far
const EVENTS: usize = 192; // i32: commands put in or finished, to sleep on
const SLEEPERS: usize = 256; // i32: threads asleep or about to be
const EPOCH: usize = 320; // i32: workers of another epoch must leave
const FAILED: usize = 384; // i32: 1 + index of a worker that failed
const QUEUE: usize = 1024; // SLOTS × (u32 address of a command, i32 its chunks)

/** Commands that the queue holds, a power of two; the same in src/runtime/commands.ts. */
const SLOTS: i32 = 512;

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

/** Tells those who wait that there is something new. */
function tell(): void {
  atomic.add<i32>(control + EVENTS, 1);
  if (atomic.load<i32>(control + SLEEPERS) > 0) atomic.notify(control + EVENTS, -1);
}

/** Claims and runs chunks until there is none to claim. */
function work(): void {
  for (;;) {
    const state = atomic.load<u64>(control + STATE);
    const command = <i32>(state >> 32);
    if (command == atomic.load<i32>(control + HEAD)) return;
    const address = <usize>atomic.load<u32>(slot(command));
    const chunks = atomic.load<i32>(slot(command), 4);
    const chunk = <i32>(state & 0xffffffff);
    if (chunk >= chunks) return;
    if (atomic.cmpxchg<u64>(control + STATE, state, state + 1) != state) continue;
    execute(address, chunk);
    // A thread that was given up while it computed must not count in the queue that followed.
    if (atomic.load<i32>(control + EPOCH) != life) return;
    if (atomic.add<i32>(control + DONE, 1) + 1 == chunks) {
      atomic.store<i32>(control + DONE, 0);
      atomic.store<u64>(control + STATE, <u64>(<u32>(command + 1)) << 32);
      tell();
    }
  }
}

/** A worker's life: run what comes while its epoch lasts. */
export function serve(epoch: i32): void {
  life = epoch;
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

/** Begins an epoch with an empty queue: workers of the one before leave, sleeping ones are woken to do so. */
export function begin(epoch: i32): void {
  life = epoch;
  atomic.store<i32>(control + EPOCH, epoch);
  atomic.store<i32>(control + FAILED, 0);
  atomic.store<i32>(control + DONE, 0);
  // A command number that no thread of the last epoch holds.
  const next = atomic.add<i32>(control + HEAD, 1) + 1;
  atomic.store<u64>(control + STATE, <u64>(<u32>next) << 32);
  atomic.add<i32>(control + EVENTS, 1);
  atomic.notify(control + EVENTS, -1);
}

/** Puts a command into the queue, which must have room. */
export function enqueue(command: usize, chunks: i32): void {
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
 * Helps until at most `most` commands are left: 0; or, not done, a worker's 1 + index when that one failed, or −1
 * after `patience` waits of 0.1 s without an event (of as many spins where the thread may not block).
 */
export function drain(most: i32, mayBlock: i32, patience: i32): i32 {
  for (;;) {
    const seen = atomic.load<i32>(control + EVENTS);
    work();
    const open = atomic.load<i32>(control + HEAD) - <i32>(atomic.load<u64>(control + STATE) >> 32);
    if (open <= most) return 0;
    let spins = 0;
    let waits = 0;
    while (atomic.load<i32>(control + EVENTS) == seen) {
      if (++spins < SPINS) continue;
      spins = 0;
      const failed = atomic.load<i32>(control + FAILED);
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
