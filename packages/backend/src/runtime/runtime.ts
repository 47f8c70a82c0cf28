import { compileKernels, type KernelBuild } from './build.ts';
import { COMMAND_WORDS, Layout, Op, type OpName } from './commands.ts';
import { Heap } from './heap.ts';
import { ThreadPool } from '../threads/pool.ts';

/** Exports of assembly/index.ts. */
export interface KernelExports {
  setup(control: number, scratch: number): void;
  begin(epoch: number): void;
  serve(epoch: number): void;
  launch(command: number, chunks: number, mayBlock: number, patience: number): number;
  replay(commands: number, count: number, mayBlock: number, patience: number): number;
}

/** Time spent in one kernel. */
export interface KernelTime {
  kernel: string;
  calls: number;
  milliseconds: number;
}

/** A word of a command: a whole number or an address, or a float. */
export type Word = number | { float: number };

/** One WebAssembly memory with its kernels, threads and allocator. */
export class Runtime {
  readonly build: KernelBuild;
  readonly memory: WebAssembly.Memory;
  readonly heap: Heap;
  readonly threads: ThreadPool;
  private readonly exports: KernelExports;
  private buffer: ArrayBufferLike;
  private words: Int32Array;
  private floats: Float32Array;
  private times: Map<OpName, KernelTime> | undefined;
  private recording: Int32Array[] | undefined;

  private constructor(module: WebAssembly.Module, build: KernelBuild) {
    this.build = build;
    this.memory = new WebAssembly.Memory({
      initial: Math.ceil(Layout.heap / 65536) + 256,
      maximum: 65536,
      shared: true,
    });
    const instance = new WebAssembly.Instance(module, { env: { memory: this.memory } });
    this.exports = instance.exports as unknown as KernelExports;
    this.exports.setup(Layout.control, Layout.scratch);
    this.heap = new Heap(this.memory, Layout.heap);
    this.buffer = this.memory.buffer;
    this.words = new Int32Array(this.buffer, Layout.command, COMMAND_WORDS);
    this.floats = new Float32Array(this.buffer, Layout.command, COMMAND_WORDS);
    this.threads = new ThreadPool(module, this.memory, this.exports);
  }

  /** Compiles the kernels, with relaxed SIMD where the engine has it unless `build` says otherwise. */
  static async create(build?: KernelBuild): Promise<Runtime> {
    const compiled = await compileKernels(build);
    return new Runtime(compiled.module, compiled.build);
  }

  /** The memory's buffer as it is now; a grown memory has a new one. */
  get bytes(): ArrayBufferLike {
    if (this.buffer.byteLength !== this.memory.buffer.byteLength) this.buffer = this.memory.buffer;
    return this.buffer;
  }

  /**
   * Runs a kernel on all threads and waits for it.
   *
   * @param chunks how many pieces it is cut into; must depend on the shapes alone
   * @param words the command's words from the third on
   */
  launch(op: OpName, chunks: number, words: readonly Word[]): void {
    const { words: ints, floats } = this;
    ints[0] = Op[op];
    ints[1] = chunks;
    for (let i = 0; i < words.length; i++) {
      const word = words[i] as Word;
      if (typeof word === 'number') ints[i + 2] = word;
      else floats[i + 2] = word.float;
    }
    if (this.recording) this.recording.push(ints.slice());
    const start = this.times ? performance.now() : 0;
    this.threads.check(
      this.exports.launch(Layout.command, chunks, this.threads.mayBlock, this.threads.patience),
      op,
    );
    if (this.times) this.count(op, performance.now() - start);
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
    this.threads.check(
      this.exports.replay(address, count, this.threads.mayBlock, this.threads.patience),
      'replay',
    );
  }

  private count(op: OpName, milliseconds: number): void {
    const entry = this.times?.get(op) ?? { kernel: op, calls: 0, milliseconds: 0 };
    entry.calls++;
    entry.milliseconds += milliseconds;
    this.times?.set(op, entry);
  }
}
