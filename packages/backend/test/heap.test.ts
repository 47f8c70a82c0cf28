import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Heap } from '../src/runtime/heap.ts';
import { type KernelMemory, PAGE } from '../src/runtime/kernel-memory.ts';

/** A memory of so many pages. */
function memory(initial: number, maximum = 64): KernelMemory {
  const pages = new WebAssembly.Memory({ initial, maximum, shared: true });
  return {
    get buffer() {
      return pages.buffer;
    },
    grow: (more) => pages.grow(more),
    limit: maximum * PAGE,
  };
}

describe('the heap', () => {
  test('hands out aligned blocks that never overlap, and joins them again', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 40_000 })), { maxLength: 300 }),
        (steps) => {
          const heap = new Heap(memory(4), 1000);
          const blocks = new Map<number, number>();
          for (const [take, n] of steps) {
            if (take || blocks.size === 0) {
              const address = heap.allocate(n);
              if (address < 0) continue;
              expect(address % 64).toBe(0);
              for (const [other, bytes] of blocks) {
                expect(address >= other + bytes || address + n <= other).toBe(true);
              }
              expect(address).toBeGreaterThanOrEqual(1000);
              expect(address + n).toBeLessThanOrEqual(heap.memory.buffer.byteLength);
              expect(blocks.has(address)).toBe(false);
              blocks.set(address, n);
            } else {
              const address = [...blocks.keys()][n % blocks.size] as number;
              heap.deallocate(address);
              blocks.delete(address);
            }
          }
          for (const address of blocks.keys()) heap.deallocate(address);
          const { usedBytes, heapBytes, largestFreeBytes } = heap.state();
          expect(usedBytes).toBe(0);
          // All is one block again.
          expect(largestFreeBytes).toBeGreaterThan(heapBytes - 1000 - 64 - 64);
        },
      ),
      { numRuns: 200, seed: 5 },
    );
  });

  test('does not grow while the same blocks come and go', () => {
    const heap = new Heap(memory(4), 0);
    const round = (): void => {
      const list = [1000, 50_000, 300, 70_000, 1, 20_000].map((n) => heap.allocate(n));
      for (const i of [3, 0, 5, 1, 4, 2]) heap.deallocate(list[i] as number);
    };
    round();
    const { heapBytes } = heap.state();
    for (let i = 0; i < 1000; i++) round();
    expect(heap.state().heapBytes).toBe(heapBytes);
  });

  test('says no when the memory is full, and what is free afterwards can be had', () => {
    const heap = new Heap(memory(1, 2), 0);
    expect(heap.allocate(3 * 65536)).toBe(-1);
    const address = heap.allocate(65536 + 1000);
    expect(address).toBeGreaterThanOrEqual(0);
    expect(heap.allocate(65536)).toBe(-1);
    heap.deallocate(address);
    expect(heap.allocate(65536)).toBeGreaterThanOrEqual(0);
    expect(() => heap.deallocate(12)).toThrow(/12 is not the address of a block in use/);
  });

  test('refuses a size that is none, and neither grows nor hands a block out twice for it', () => {
    const heap = new Heap(memory(4), 0);
    const before = heap.state();
    for (const bytes of [-1, -40, NaN, 0.5, Infinity, -Infinity, 2 ** 60]) {
      expect(() => heap.allocate(bytes)).toThrow(
        `heap: got ${bytes} bytes, takes a whole number from 0`,
      );
    }
    expect(heap.state()).toEqual(before);
    const empty = [heap.allocate(0), heap.allocate(0), heap.allocate(0)];
    expect(new Set(empty).size).toBe(3);
    for (const address of empty) heap.deallocate(address);
    expect(heap.state()).toMatchObject({ usedBytes: 0, heapBytes: before.heapBytes });
  });

  test('claims what is free of a range, and hands nothing of it out until it is given back', () => {
    const heap = new Heap(memory(64), 0);
    const sizes = [100, 70_000, 4_000, 300_000, 64, 12_345];
    const taken = sizes.map((bytes) => heap.allocate(bytes));
    const start = taken[1] as number;
    const end = (taken[4] as number) + heap.sizeOf(taken[4] as number);
    for (const i of [1, 2, 4]) heap.deallocate(taken[i] as number);
    const kept = taken[3] as number;
    expect(heap.inUse(start, end)).toEqual([kept]);
    const before = heap.state().usedBytes;
    const claimed = heap.claim(start, end);
    const bytes = claimed.reduce((sum, address) => sum + heap.sizeOf(address), 0);
    expect(bytes).toBe(end - start - heap.sizeOf(kept));
    expect(heap.state().usedBytes).toBe(before + bytes);
    expect(heap.inUse(start, end)).toHaveLength(claimed.length + 1);
    expect(heap.claim(start, end)).toEqual([]);
    const others = sizes.map((size) => heap.allocate(size));
    for (const other of others)
      expect(other >= end || other + heap.sizeOf(other) <= start).toBe(true);
    for (const address of [...others, ...claimed]) heap.deallocate(address);
    expect(heap.state().usedBytes).toBe(before);
    for (const i of [0, 3, 5]) heap.deallocate(taken[i] as number);
    expect(heap.state()).toMatchObject({ usedBytes: 0 });
    expect(heap.state().largestFreeBytes).toBeGreaterThan(heap.state().heapBytes - 1000);
  });

  test('a block that several hold is free when the last gives it back', () => {
    const heap = new Heap(memory(4), 0);
    const address = heap.allocate(100);
    heap.hold(address);
    heap.hold(address);
    for (let holders = 3; holders > 0; holders--) {
      expect(heap.isHeld(address)).toBe(holders > 1);
      expect(heap.state().usedBytes).toBeGreaterThan(0);
      heap.deallocate(address);
    }
    expect(heap.state().usedBytes).toBe(0);
    expect(() => heap.deallocate(address)).toThrow(/is not the address of a block in use/);
    expect(() => heap.hold(address)).toThrow(/is not the address of a block in use/);
  });
});
