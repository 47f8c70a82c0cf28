import type { Heap } from '../src/runtime/heap.ts';

/** Bytes of guard before each block, and behind it at least: more than a kernel may read past its end. */
const GUARD = 64;

/** What lies where nobody should write; as a float a NaN, so that a result shows who reads it. */
const PATTERN = 0x7fc0beef;

/** A heap under guard. */
export interface Guard {
  /** Throws where something was written beside a block in use. */
  check(): void;
  /** Takes the guard off; blocks taken under it must have been given back. */
  remove(): void;
}

/**
 * Puts guard words around every block that a heap hands out from now on, and into blocks when they are taken and
 * given back: a write outside of a block is an error when it is given back, a value that was never written a NaN. For
 * one thread, as JavaScript writes at once.
 */
export function guardHeap(heap: Heap): Guard {
  const inner = {
    allocate: heap.allocate.bind(heap),
    deallocate: heap.deallocate.bind(heap),
    sizeOf: heap.sizeOf.bind(heap),
    hold: heap.hold.bind(heap),
    isHeld: heap.isHeld.bind(heap),
  };
  /** Bytes of the blocks taken under guard, by address. */
  const blocks = new Map<number, number>();
  const own = (address: number): number => (blocks.has(address) ? address - GUARD : address);
  const paint = (address: number): void => {
    new Uint32Array(heap.memory.buffer, address, inner.sizeOf(address) / 4).fill(PATTERN);
  };
  const verify = (address: number): void => {
    const start = address - GUARD;
    const size = inner.sizeOf(start);
    const bytes = new Uint8Array(heap.memory.buffer, start, size);
    const end = GUARD + (blocks.get(address) as number);
    const pattern = new Uint8Array(Uint32Array.of(PATTERN).buffer);
    for (let i = 0; i < size; i = i === GUARD - 1 ? end : i + 1) {
      if (bytes[i] !== pattern[i % 4])
        throw new Error(`a kernel wrote ${i < GUARD ? i - GUARD : i - end} bytes beside a block`);
    }
  };
  heap.allocate = (bytes) => {
    if (!(bytes >= 0)) return inner.allocate(bytes);
    const address = inner.allocate(bytes + 2 * GUARD);
    if (address < 0) return address;
    paint(address);
    blocks.set(address + GUARD, bytes);
    return address + GUARD;
  };
  heap.deallocate = (address) => {
    const block = own(address);
    if (block !== address && !inner.isHeld(block)) {
      verify(address);
      paint(block);
      blocks.delete(address);
    }
    inner.deallocate(block);
  };
  heap.sizeOf = (address) => inner.sizeOf(own(address)) - (address - own(address));
  heap.hold = (address) => inner.hold(own(address));
  heap.isHeld = (address) => inner.isHeld(own(address));
  return {
    check: () => {
      for (const address of blocks.keys()) verify(address);
    },
    remove: () => {
      if (blocks.size > 0) throw new Error(`${blocks.size} guarded blocks are still in use`);
      Object.assign(heap, inner);
    },
  };
}
