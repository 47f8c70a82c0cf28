import { type KernelMemory, PAGE } from './kernel-memory.ts';

/** Every block starts and ends at a multiple of this many bytes: a cache line. */
const ALIGN = 64;

/** Bytes behind each block that a kernel may read (never write) past its end: the widest vector. */
const SLACK = 64;

/** Bins: for sizes of 2^k up to 2^(k+1), eight equal steps each. */
const STEPS = 8;

/** What the heap tells of itself, all in bytes. */
export interface HeapState {
  /** Size of the memory. */
  heapBytes: number;
  /** In use by tensors. */
  usedBytes: number;
  /** The most that was ever in use at once. */
  peakBytes: number;
  /** The largest block that can be had without growing. */
  largestFreeBytes: number;
}

/**
 * Allocator of a memory, kept by JavaScript: a two-level segregated fit (Masmano et al. 2004,
 * "TLSF"), constant time, with neighbours joined at once, so that a long training neither grows nor fragments.
 * Addresses are bytes.
 */
export class Heap {
  readonly memory: KernelMemory;
  /** Size of every block in use, by address. */
  private readonly used = new Map<number, number>();
  /** How many more times a block must be given back before it is free, where that is not 0. */
  private readonly holds = new Map<number, number>();
  /** Size of every free block, by address, and its address by its end. */
  private readonly free = new Map<number, number>();
  private readonly freeEnds = new Map<number, number>();
  /** Free addresses by size, the last freed last (it is the likeliest to be in a cache); and where each stands. */
  private readonly bins: number[][] = [];
  private readonly places = new Map<number, number>();
  private end: number;
  private usedBytes = 0;
  private peakBytes = 0;

  /** Manages `memory` from byte `base` on. */
  constructor(memory: KernelMemory, base: number) {
    this.memory = memory;
    this.end = Math.ceil(base / ALIGN) * ALIGN;
    const bytes = memory.buffer.byteLength;
    if (bytes > this.end) {
      this.release(this.end, bytes - this.end);
      memory.mark?.(this.end, bytes - this.end, false);
      this.end = bytes;
    }
  }

  /**
   * Takes a block of at least `bytes` bytes, its content undefined; of 0 bytes too it is a block of its own.
   *
   * @returns its address, a multiple of 64; or −1 where the memory cannot grow that far.
   * @throws if `bytes` is not a whole number from 0.
   */
  allocate(bytes: number): number {
    // Rounded up, a negative size would be a block that is free and in use at once.
    if (!Number.isSafeInteger(bytes) || bytes < 0)
      throw new RangeError(`heap: got ${bytes} bytes, takes a whole number from 0`);
    const size = Math.ceil((bytes + SLACK) / ALIGN) * ALIGN;
    let address = this.take(size);
    if (address < 0) {
      if (!this.grow(size)) return -1;
      address = this.take(size);
      if (address < 0) return -1;
    }
    this.used.set(address, size);
    this.memory.mark?.(address, bytes + SLACK, true);
    this.usedBytes += size;
    if (this.usedBytes > this.peakBytes) this.peakBytes = this.usedBytes;
    return address;
  }

  /** Keeps a block in use for one more holder: it is free when each of them has given it back. */
  hold(address: number): void {
    this.sizeOf(address);
    this.holds.set(address, (this.holds.get(address) ?? 0) + 1);
  }

  /** Whether more than one holder keeps a block. */
  isHeld(address: number): boolean {
    return this.holds.has(address);
  }

  /** Gives a block back. */
  deallocate(address: number): void {
    const holds = this.holds.get(address);
    if (holds !== undefined) {
      if (holds > 1) this.holds.set(address, holds - 1);
      else this.holds.delete(address);
      return;
    }
    const size = this.sizeOf(address);
    this.used.delete(address);
    this.memory.mark?.(address, size, false);
    this.usedBytes -= size;
    this.release(address, size);
  }

  /**
   * Takes all that is free of a range of addresses, for whoever has used it before and must find it again; what of it is in
   * use must be theirs.
   *
   * @param start the address of a block that was in use
   * @param end where such a block ended
   * @returns the addresses of the blocks taken
   */
  claim(start: number, end: number): number[] {
    // Blocks in it that are in use are the same owner's, who has used them in other sizes too.
    this.memory.mark?.(start, end - start, true);
    const parts = [...this.free]
      .map(([at, size]) => [at, at + size] as const)
      .filter(([from, to]) => from < end && to > start);
    return parts.map(([from, to]) => {
      this.remove(from);
      const [first, last] = [Math.max(from, start), Math.min(to, end)];
      if (from < first) this.insert(from, first - from);
      if (last < to) this.insert(last, to - last);
      this.used.set(first, last - first);
      this.usedBytes += last - first;
      if (this.usedBytes > this.peakBytes) this.peakBytes = this.usedBytes;
      return first;
    });
  }

  /** Addresses of the blocks in use that reach into a range. */
  inUse(start: number, end: number): number[] {
    return [...this.used]
      .filter(([address, size]) => address < end && address + size > start)
      .map(([address]) => address);
  }

  /** Bytes of a block in use. */
  sizeOf(address: number): number {
    const size = this.used.get(address);
    if (size === undefined)
      throw new Error(`heap: ${address} is not the address of a block in use`);
    return size;
  }

  state(): HeapState {
    let largest = 0;
    for (const size of this.free.values()) largest = Math.max(largest, size);
    return {
      heapBytes: this.memory.buffer.byteLength,
      usedBytes: this.usedBytes,
      peakBytes: this.peakBytes,
      largestFreeBytes: Math.max(0, largest - SLACK),
    };
  }

  /** Finds, removes and splits a free block. */
  private take(size: number): number {
    // From the bin above, so that whatever is found there is large enough; the own bin last.
    const own = binOf(size);
    for (let bin = own + 1; bin < this.bins.length; bin++) {
      const address = this.pop(bin, size);
      if (address >= 0) return this.split(address, size);
    }
    const address = this.pop(own, size);
    return address < 0 ? -1 : this.split(address, size);
  }

  /** Removes a block of at least `size` from a bin. */
  private pop(bin: number, size: number): number {
    const list = this.bins[bin] ?? [];
    for (let i = list.length - 1; i >= 0; i--) {
      const address = list[i] as number;
      if ((this.free.get(address) as number) < size) continue;
      return address;
    }
    return -1;
  }

  private split(address: number, size: number): number {
    const have = this.remove(address);
    if (have > size) this.insert(address + size, have - size);
    return address;
  }

  /** Makes a range free, joined with its free neighbours. */
  private release(address: number, size: number): void {
    const after = this.free.get(address + size);
    if (after !== undefined) size += this.remove(address + size);
    const before = this.freeEnds.get(address);
    if (before !== undefined) {
      size += this.remove(before);
      address = before;
    }
    this.insert(address, size);
  }

  private insert(address: number, size: number): void {
    this.free.set(address, size);
    this.freeEnds.set(address + size, address);
    const bin = binOf(size);
    while (this.bins.length <= bin) this.bins.push([]);
    const list = this.bins[bin] as number[];
    this.places.set(address, list.length);
    list.push(address);
  }

  /** Takes a free block out of all tables; returns its size. */
  private remove(address: number): number {
    const size = this.free.get(address) as number;
    this.free.delete(address);
    this.freeEnds.delete(address + size);
    const list = this.bins[binOf(size)] as number[];
    const place = this.places.get(address) as number;
    const last = list.pop() as number;
    if (last !== address) {
      list[place] = last;
      this.places.set(last, place);
    }
    this.places.delete(address);
    return size;
  }

  /** Grows by `size` bytes, or by an eighth of the memory where that is more. */
  private grow(size: number): boolean {
    const pages = this.memory.buffer.byteLength / PAGE;
    // A free block at the end counts: what grows is joined with it.
    const tail = this.freeEnds.get(this.end);
    const least = Math.ceil((size - (tail === undefined ? 0 : this.end - tail)) / PAGE);
    const most = Math.floor(this.memory.limit / PAGE);
    const wanted = Math.min(Math.max(least, Math.ceil(pages / 8)), most - pages);
    for (const more of wanted > least ? [wanted, least] : [least]) {
      if (pages + more > most) continue;
      try {
        this.memory.grow(more);
      } catch {
        continue;
      }
      this.release(this.end, more * PAGE);
      this.memory.mark?.(this.end, more * PAGE, false);
      this.end += more * PAGE;
      return true;
    }
    return false;
  }
}

function binOf(size: number): number {
  const power = 31 - Math.clz32(size / ALIGN);
  const step = Math.floor(((size / ALIGN - 2 ** power) * STEPS) / 2 ** power);
  return power * STEPS + step;
}
