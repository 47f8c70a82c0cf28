import { compileKernels, type KernelBuild, sharedMemory } from './build.ts';
import { COMMAND_WORDS, Layout, Op, type OpName, QUEUE_SLOTS } from './commands.ts';
import { Heap } from './heap.ts';
import type { KernelExports } from './kernel-exports.ts';
import { Staging } from './staging.ts';
import { defaultThreads, ThreadPool } from '../threads/pool.ts';

/** Time spent in one kernel. */
export interface KernelTime {
  /** Its name, that of one of this backend's own kernels. */
  kernel: string;
  /** How often it was launched. */
  calls: number;
  /** In all. */
  milliseconds: number;
}

/** A word of a command: a whole number or an address, or a float. */
export type Word = number | { float: number };

/**
 * A runtime runs kernels: it owns the memory of the tensors with its allocator, the threads, and the queue of what was
 * launched. This one is WebAssembly's; a backend, such as `mnet`, is what TensorFlow.js sees of it.
 *
 * With more than one thread a launch is put into a queue and JavaScript goes on, so that the workers compute while
 * the next kernels are prepared. Whoever looks into the memory (`bytes`) waits for the queue first.
 */
export class Runtime {
  readonly build: KernelBuild;
  readonly memory: WebAssembly.Memory;
  readonly heap: Heap;
  readonly threads: ThreadPool;
  /** How often launched kernels were waited for. */
  waits = 0;
  private readonly exports: KernelExports;
  private readonly staging: Staging;
  private buffer: ArrayBufferLike;
  private words: Int32Array;
  private floats: Float32Array;
  private times: Map<OpName, KernelTime> | undefined;
  private recording: Int32Array[] | undefined;
  /** Commands that fit the queue for sure, and where the next one is written. */
  private room: number = QUEUE_SLOTS;
  private slot = 0;
  /** The kernel launched last, for errors. */
  private last: OpName | 'replay' = 'replay';

  private constructor(module: WebAssembly.Module, build: KernelBuild) {
    this.build = build;
    this.memory = sharedMemory(Math.ceil(Layout.heap / 65536) + 256);
    const instance = new WebAssembly.Instance(module, { env: { memory: this.memory } });
    this.exports = instance.exports as unknown as KernelExports;
    this.exports.setup(Layout.control, Layout.scratch);
    this.heap = new Heap(this.memory, Layout.heap);
    this.staging = new Staging(this.memory, Layout.staging, Layout.stagingBytes);
    this.buffer = this.memory.buffer;
    const words = COMMAND_WORDS * QUEUE_SLOTS;
    this.words = new Int32Array(this.buffer, Layout.commands, words);
    this.floats = new Float32Array(this.buffer, Layout.commands, words);
    this.threads = new ThreadPool(module, this.memory, this.exports);
  }

  /**
   * Compiles the kernels, with relaxed SIMD where the engine has it unless `build` says otherwise, and waits for the
   * workers (see {@link ThreadPool.resize}).
   */
  static async create(build?: KernelBuild): Promise<Runtime> {
    const compiled = await compileKernels(build);
    const runtime = new Runtime(compiled.module, compiled.build);
    await runtime.setThreads(defaultThreads());
    return runtime;
  }

  /** The memory's buffer as it is now, with all that was launched done; a grown memory has a new one. */
  get bytes(): ArrayBufferLike {
    this.finish();
    if (this.buffer.byteLength !== this.memory.buffer.byteLength) this.buffer = this.memory.buffer;
    return this.buffer;
  }

  /**
   * Runs a kernel on all threads, after those launched before it. Without workers it is done on return.
   *
   * @param chunks how many pieces it is cut into, from 1; must depend on the shapes alone
   * @param words the command's words from the third on
   */
  launch(op: OpName, chunks: number, words: readonly Word[]): void {
    // Nobody would ever finish a command of no chunks.
    if (!Number.isInteger(chunks) || chunks < 1)
      throw new RangeError(`launch of '${op}': got ${chunks} chunks, takes a whole number from 1`);
    if (this.room === 0) this.drain(QUEUE_SLOTS / 2);
    const { words: ints, floats } = this;
    const at = this.slot * COMMAND_WORDS;
    ints[at] = Op[op];
    ints[at + 1] = chunks;
    for (let i = 0; i < words.length; i++) {
      const word = words[i] as Word;
      if (typeof word === 'number') ints[at + i + 2] = word;
      else floats[at + i + 2] = word.float;
    }
    if (this.recording) this.recording.push(ints.slice(at, at + COMMAND_WORDS));
    this.last = op;
    if (this.times) {
      this.finish();
      const start = performance.now();
      this.submit(at, chunks);
      this.finish();
      this.count(op, performance.now() - start);
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
      this.exports.run(command, chunks);
    } else {
      this.exports.enqueue(command, chunks);
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

  /** Changes the number of threads, that of the caller included; see {@link ThreadPool.resize}. */
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
    this.wait(() => this.exports.drain(most, mayBlock, patience));
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

  /** Notes every command launched until `stopRecording`, which returns them. */
  startRecording(): void {
    this.recording = [];
  }

  stopRecording(): Int32Array[] {
    const commands = this.recording ?? [];
    this.recording = undefined;
    return commands;
  }

  /** Runs `count` commands that lie one after the other at `address`, without JavaScript between them. */
  replay(address: number, count: number): void {
    const { mayBlock, patience } = this.threads;
    this.last = 'replay';
    this.room = QUEUE_SLOTS;
    this.wait(() => this.exports.replay(address, count, mayBlock, patience));
  }

  private count(op: OpName, milliseconds: number): void {
    const entry = this.times?.get(op) ?? { kernel: op, calls: 0, milliseconds: 0 };
    entry.calls++;
    entry.milliseconds += milliseconds;
    this.times?.set(op, entry);
  }
}
