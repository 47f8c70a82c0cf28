import {
  COMMAND_WORDS,
  type Commands,
  type KernelName,
  QUEUE_SLOTS,
  writers,
} from '../generated/commands.ts';
import { Heap } from './heap.ts';
import { Layout } from './layout.ts';
import type { KernelCalls, Machine, Threads } from './machine.ts';
import { Staging } from './staging.ts';

/** Time spent in one kernel. */
export interface KernelTime {
  /** Its name, that of one of this backend's own kernels. */
  kernel: string;
  /** How often it was launched. */
  calls: number;
  /** In all. */
  milliseconds: number;
}

/** Hears of every command that is launched, with a copy of its words. */
export type LaunchListener = (kernel: KernelName, words: Int32Array) => void;

/** How a matrix of so many columns is packed for a product. */
export interface Packing {
  /** Columns of a panel, and how many panels there are. */
  panel: number;
  panels: number;
  /** Floats of a row of all panels: the columns, up to a whole vector. */
  width: number;
}

/**
 * A device runs kernels on a machine: it owns the memory of the tensors with its allocator, the threads, and the queue of
 * what was launched. A backend, such as `mnet`, is what TensorFlow.js sees of it.
 *
 * With more than one thread a launch is put into a queue and JavaScript goes on, so that the workers compute while
 * the next kernels are prepared. Whoever looks into the memory (`bytes`) waits for the queue first.
 */
export class Device {
  readonly machine: Machine;
  readonly heap: Heap;
  /** How often launched kernels were waited for. */
  waits = 0;
  private readonly kernels: KernelCalls;
  private readonly staging: Staging;
  private buffer: ArrayBufferLike;
  private words: Int32Array;
  private floats: Float32Array;
  private times: Map<KernelName, KernelTime> | undefined;
  private listener: LaunchListener | undefined;
  /** Commands that fit the queue for sure, and where the next one is written. */
  private room: number = QUEUE_SLOTS;
  private slot = 0;
  /** The kernel launched last, for errors. */
  private last: KernelName | 'replay' = 'replay';

  constructor(machine: Machine) {
    this.machine = machine;
    const { memory } = machine;
    this.kernels = machine.kernels;
    this.heap = new Heap(memory, Layout.heap);
    this.staging = new Staging(memory, Layout.staging, Layout.stagingBytes);
    this.buffer = memory.buffer;
    const words = COMMAND_WORDS * QUEUE_SLOTS;
    this.words = new Int32Array(this.buffer, Layout.commands, words);
    this.floats = new Float32Array(this.buffer, Layout.commands, words);
  }

  get threads(): Threads {
    return this.machine.threads;
  }

  /** How a matrix is packed here. */
  packing(columns: number): Packing {
    const { lanes, panel } = this.machine;
    return {
      panel,
      panels: Math.ceil(columns / panel),
      width: Math.ceil(columns / lanes) * lanes,
    };
  }

  /** The memory's buffer as it is now, with all that was launched done; a grown memory has a new one. */
  get bytes(): ArrayBufferLike {
    this.finish();
    const { memory } = this.machine;
    if (this.buffer.byteLength !== memory.buffer.byteLength) this.buffer = memory.buffer;
    return this.buffer;
  }

  /**
   * Runs a kernel on all threads, after those launched before it. Without workers it is done on return.
   *
   * @param chunks how many pieces it is cut into, from 1; must depend on the shapes alone
   * @param command what the kernel takes
   * @throws if there are no chunks, or the command has a number of more than 32 bits
   */
  launch<K extends KernelName>(kernel: K, chunks: number, command: Commands[K]): void {
    // Nobody would ever finish a command of no chunks.
    if (!Number.isInteger(chunks) || chunks < 1)
      throw new RangeError(
        `launch of '${kernel}': got ${chunks} chunks, takes a whole number from 1`,
      );
    if (this.room === 0) this.drain(QUEUE_SLOTS / 2);
    const { words } = this;
    const at = this.slot * COMMAND_WORDS;
    // Who compares commands must not find what an earlier one has left behind this one's words.
    if (this.listener) words.fill(0, at, at + COMMAND_WORDS);
    try {
      writers[kernel](words, this.floats, at, command);
    } catch (error) {
      throw new RangeError(`launch of '${kernel}': ${(error as Error).message}`, { cause: error });
    }
    words[at + 1] = chunks;
    this.listener?.(kernel, words.slice(at, at + COMMAND_WORDS));
    this.last = kernel;
    if (this.times) {
      this.finish();
      const start = performance.now();
      this.submit(at, chunks);
      this.finish();
      this.count(kernel, performance.now() - start);
    } else this.submit(at, chunks);
  }

  /**
   * Puts values before the kernel that is launched next, without waiting for those launched before: its table, or what it
   * copies into a tensor.
   *
   * @returns their address, good for that launch alone; undefined where they are too large
   */
  stage(values: ArrayBufferView): number | undefined {
    if (values.byteLength > Layout.stagingBytes) return undefined;
    if (!this.busy) this.staging.reset();
    const address = this.staging.write(values);
    if (address !== undefined) return address;
    this.finish();
    return this.staging.write(values);
  }

  private submit(at: number, chunks: number): void {
    const command = Layout.commands + 4 * at;
    if (this.threads.size === 1) {
      this.kernels.run(command, chunks);
    } else {
      this.kernels.enqueue(command, chunks);
      this.room--;
      this.slot = (this.slot + 1) % QUEUE_SLOTS;
    }
    this.threads.check(0, this.last);
  }

  /** Whether something that was launched may not be done yet. */
  get busy(): boolean {
    return this.room < QUEUE_SLOTS;
  }

  /** Waits until all that was launched is done. */
  finish(): void {
    if (this.busy) this.drain(0);
  }

  /** Changes the number of threads, that of the caller included; see {@link Threads.resize}. */
  setThreads(threads: number): Promise<number> {
    this.finish();
    return this.threads.resize(threads);
  }

  /** Ends the workers, with all that was launched done. */
  stop(): void {
    this.finish();
    this.threads.stop();
  }

  private drain(most: number): void {
    this.waits++;
    const { mayBlock, patience } = this.threads;
    // After an error the queue is empty.
    this.room = QUEUE_SLOTS;
    this.wait(() => this.kernels.drain(most, mayBlock, patience));
    this.room = QUEUE_SLOTS - most;
    if (most === 0) this.staging.reset();
  }

  /** Throws where a wait ends with a status that is not 0, or a kernel fails on this thread. */
  private wait(wait: () => number): void {
    let status: number;
    try {
      status = wait();
    } catch (error) {
      // Nobody will finish the chunk that failed.
      this.threads.stop();
      throw error;
    }
    this.threads.check(status, this.last);
  }

  /** Starts to note the time of each kernel; `stopProfile` gives the list, longest first. */
  startProfile(): void {
    this.times = new Map();
  }

  stopProfile(): KernelTime[] {
    const times = [...(this.times?.values() ?? [])];
    this.times = undefined;
    return times.toSorted((a, b) => b.milliseconds - a.milliseconds);
  }

  /** Whether the time of each kernel is noted. */
  get profiling(): boolean {
    return this.times !== undefined;
  }

  /** Tells of every command that is launched, from now on; undefined: no longer. */
  listen(listener: LaunchListener | undefined): void {
    this.listener = listener;
  }

  /** Runs `count` commands that lie one after the other at `address`, without JavaScript between them. */
  replay(address: number, count: number): void {
    const { mayBlock, patience } = this.threads;
    this.last = 'replay';
    this.room = QUEUE_SLOTS;
    this.wait(() => this.kernels.replay(address, count, mayBlock, patience));
  }

  /** `replay` that is not waited for; without workers it is done on return. The commands must stay as they are until then. */
  feed(address: number, count: number): void {
    if (this.threads.size === 1) {
      this.replay(address, count);
      return;
    }
    this.last = 'replay';
    for (let done = 0; done < count; ) {
      if (this.room === 0) this.drain(QUEUE_SLOTS / 2);
      const now = Math.min(this.room, count - done);
      this.kernels.feed(address + 4 * COMMAND_WORDS * done, now);
      this.room -= now;
      done += now;
    }
    this.threads.check(0, this.last);
  }

  private count(kernel: KernelName, milliseconds: number): void {
    const entry = this.times?.get(kernel) ?? { kernel, calls: 0, milliseconds: 0 };
    entry.calls++;
    entry.milliseconds += milliseconds;
    this.times?.set(kernel, entry);
  }
}
