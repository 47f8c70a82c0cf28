// The threads' side of a launch. One control block in shared memory; every thread has an instance of this module.
//
// A chunk is claimed by a compare-and-swap on one 64-bit word that holds the launch's number and the next chunk,
// so a thread that comes late from an earlier launch can never take a chunk of a later one: its swap fails.
// Which thread takes which chunk is left to chance; what a chunk computes does not depend on it.
import { execute } from './dispatch';

// The control block's fields (byte offsets), each on a cache line of its own.
const STATE: usize = 0; // u64: launch << 32 | next chunk
const DONE: usize = 64; // i32: chunks finished
const LAUNCH: usize = 128; // i32: launch number, to sleep on
const SLEEPERS: usize = 192; // i32: workers asleep or about to be
const COMMAND: usize = 256; // u32: address of the command
const CHUNKS: usize = 260; // i32: its chunks
const EPOCH: usize = 320; // i32: workers of another epoch must leave
const FAILED: usize = 384; // i32: 1 + index of a worker that failed

// A worker looks this often for a new launch before it sleeps: about 0.1 ms, longer than the JavaScript between
// two kernels takes, so that a step wakes nobody.
const SPINS: i32 = 20000;
/** A chunk's number that is past the last of any launch. */
const CLOSED: u64 = 0x7fffffff;
const WAIT_NANOSECONDS: i64 = 100_000_000;

let control: usize = 0;

/** Address of this thread's scratch memory (SCRATCH_BYTES of it). */
export let scratch: usize = 0;

/** Must be called once in every instance. */
export function setup(controlBlock: usize, scratchMemory: usize): void {
  control = controlBlock;
  scratch = scratchMemory;
}

/** Claims and runs chunks of the launch that is open; returns its number. */
function work(): i32 {
  for (;;) {
    const state = atomic.load<u64>(control + STATE);
    const chunk = <i32>(state & 0xffffffff);
    const command = <usize>atomic.load<u32>(control + COMMAND);
    if (chunk >= atomic.load<i32>(control + CHUNKS)) return <i32>(state >> 32);
    if (atomic.cmpxchg<u64>(control + STATE, state, state + 1) != state) continue;
    execute(command, chunk);
    if (atomic.add<i32>(control + DONE, 1) + 1 == atomic.load<i32>(control + CHUNKS)) {
      atomic.notify(control + DONE, 1);
    }
  }
  return 0;
}

/** A worker's life: run launches while its epoch lasts. */
export function serve(epoch: i32): void {
  while (atomic.load<i32>(control + EPOCH) == epoch) {
    const seen = work();
    let spins = 0;
    while (atomic.load<i32>(control + LAUNCH) == seen && atomic.load<i32>(control + EPOCH) == epoch) {
      if (++spins < SPINS) continue;
      atomic.add<i32>(control + SLEEPERS, 1);
      if (atomic.load<i32>(control + EPOCH) == epoch) atomic.wait<i32>(control + LAUNCH, seen, -1);
      atomic.sub<i32>(control + SLEEPERS, 1);
      spins = 0;
    }
  }
}

/** Begins an epoch: workers of the one before leave, sleeping ones are woken to do so. */
export function begin(epoch: i32): void {
  const number = atomic.load<i32>(control + LAUNCH) + 1;
  atomic.store<i32>(control + EPOCH, epoch);
  atomic.store<i32>(control + FAILED, 0);
  atomic.store<u64>(control + STATE, (<u64>(<u32>number) << 32) | CLOSED);
  atomic.store<i32>(control + LAUNCH, number);
  atomic.notify(control + LAUNCH, -1);
}

/**
 * Runs a command with all threads and returns when its last chunk is done: 0; or, not done, a worker's 1 + index
 * when that one failed, or −1 after `patience` waits of 0.1 s (of as many spins where the thread may not block).
 */
export function launch(command: usize, chunks: i32, mayBlock: i32, patience: i32): i32 {
  if (chunks == 1) {
    execute(command, 0);
    return 0;
  }
  const number = atomic.load<i32>(control + LAUNCH) + 1;
  // Close the last launch's word first: no late thread can claim while the fields change.
  atomic.store<u64>(control + STATE, (<u64>(<u32>(number - 1)) << 32) | CLOSED);
  atomic.store<i32>(control + DONE, 0);
  atomic.store<u32>(control + COMMAND, <u32>command);
  atomic.store<i32>(control + CHUNKS, chunks);
  atomic.store<u64>(control + STATE, <u64>(<u32>number) << 32);
  atomic.store<i32>(control + LAUNCH, number);
  if (atomic.load<i32>(control + SLEEPERS) > 0) atomic.notify(control + LAUNCH, -1);
  work();
  return finish(mayBlock, patience);
}

/** Waits for the chunks that others hold. */
function finish(mayBlock: i32, patience: i32): i32 {
  const chunks = atomic.load<i32>(control + CHUNKS);
  let spins = 0;
  let waits = 0;
  let last = 0;
  for (;;) {
    const done = atomic.load<i32>(control + DONE);
    if (done == chunks) return 0;
    if (done != last) waits = 0;
    last = done;
    if (++spins < SPINS) continue;
    const failed = atomic.load<i32>(control + FAILED);
    if (failed != 0) return failed;
    if (mayBlock == 0) {
      if (++waits > patience * 1000) return -1;
    } else if (atomic.wait<i32>(control + DONE, done, WAIT_NANOSECONDS) == 2 && ++waits > patience) {
      return -1;
    }
    spins = 0;
  }
  return 0;
}

/** Runs `count` recorded commands one after the other; each is 256 bytes, its second word the number of chunks. */
export function replay(commands: usize, count: i32, mayBlock: i32, patience: i32): i32 {
  for (let i = 0; i < count; i++, commands += 256) {
    const status = launch(commands, load<i32>(commands, 4), mayBlock, patience);
    if (status != 0) return status;
  }
  return 0;
}
