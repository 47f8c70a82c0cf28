import type { KernelMemory } from './kernel-memory.ts';

/** Where each piece begins: a cache line. */
const ALIGN = 64;

/**
 * Memory that JavaScript writes into while the queue is busy. Nothing that was launched reads a piece before it is
 * handed out, and pieces are used again only when the queue is empty, so writing waits for nobody.
 */
export class Staging {
  readonly #memory: KernelMemory;
  readonly #start: number;
  readonly #end: number;
  #next: number;

  /** Manages `bytes` bytes of `memory` from byte `start` on. */
  constructor(memory: KernelMemory, start: number, bytes: number) {
    this.#memory = memory;
    this.#start = start;
    this.#end = start + bytes;
    this.#next = start;
  }

  /**
   * Writes values into a piece of its own, for a command that is launched next.
   *
   * @returns the address; or undefined where there is no room until the queue is empty
   */
  write({ buffer, byteOffset, byteLength }: ArrayBufferView): number | undefined {
    const address = this.#next;
    const end = address + byteLength;
    if (end > this.#end) return undefined;
    this.#next = Math.ceil(end / ALIGN) * ALIGN;
    const target = new Uint8Array(this.#memory.buffer, address, byteLength);
    target.set(new Uint8Array(buffer, byteOffset, byteLength));
    return address;
  }

  /** All pieces are free: to be called when the queue is empty, and only then. */
  reset(): void {
    this.#next = this.#start;
  }
}
