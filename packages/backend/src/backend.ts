import { type backend_util, type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { elementsOf, noElements } from './guard.ts';
import { COMMAND_WORDS, HEAD_WORDS } from './generated/commands.ts';
import { copyWords } from './runtime/copy-words.ts';
import type { CapturedStep } from '@mnet/ops';
import { ReplayedStep } from './capture/replayed-step.ts';
import type { Borrower, RecordedBackend, Recorder } from './capture/recorder.ts';
import type { KernelBuild, RuntimeKind } from './runtime/kernel-build.ts';
import type { KernelTime, Device } from './runtime/device.ts';
import { HeapData, heapTypes, type HeapType } from './runtime/heap-data.ts';
import type { MnetMemory, RunningBackend } from './running-backend.ts';

/** Kernels of the cpu backend that hand their input's values on and compute nothing. */
const sharing = new Set(['Identity', 'Reshape', 'ExpandDims']);

/** The most numbers that a command holds beside its own words, and the most that are looked through for zeros. */
const MOST_WORDS = COMMAND_WORDS - HEAD_WORDS - 2;
const MOST_ZEROS = 2 ** 14;

/** What a kernel takes of the heap: tensors that it makes, and blocks for itself. */
interface Taken {
  outputs: object[];
  scratch: number[];
}

/**
 * The TensorFlow.js backend `mnet`. Its float32, int32 and bool tensors lie in one memory; kernels run
 * there on all threads. What has no kernel of its own runs the cpu backend's, on views of the same memory.
 */
export class MnetBackend extends MathBackendCPU implements RunningBackend, RecordedBackend {
  /** The file of this copy of the class, for the errors of another. */
  readonly place: string = import.meta.url;
  /** The memory, its kernels and threads. */
  readonly device: Device;
  readonly borrowers: Set<Borrower> = new Set();
  private readonly collected: FinalizationRegistry<HeapData>;
  /** Blocks to free when the cpu kernels that run now have returned: some read a tensor after disposing of it. */
  private deferred: number[] = [];
  private depth = 0;
  private nextId = 0;
  /** Of the computation that is being recorded. */
  private recorder: Recorder | undefined;
  /** The kernel that runs, for errors. */
  private kernel: string | undefined;
  /** What the kernel that runs has taken of the heap. */
  private taken: Taken | undefined;
  private stopped = false;

  /** Why the runtime is WebAssembly though nobody asked for that; undefined where it is not so. */
  readonly notNative: string | undefined;

  constructor(device: Device, notNative?: string) {
    super();
    this.device = device;
    this.notNative = notNative;
    // Tensors that were never disposed of give their memory back when JavaScript collects them.
    this.collected = new FinalizationRegistry((data) => this.release(data));
  }

  get threads(): number {
    return this.device.threads.size;
  }

  get waits(): number {
    return this.device.waits;
  }

  get runtime(): RuntimeKind {
    return this.device.machine.kind;
  }

  get kernelBuild(): KernelBuild {
    return this.device.machine.build;
  }

  get build(): string {
    return this.device.machine.rounding;
  }

  override write(values: backend_util.BackendValues, shape: number[], dtype: DataType): object {
    const dataId = { id: this.nextId++ };
    this.taken?.outputs.push(dataId);
    return this.put(dataId, values, shape, dtype, 1);
  }

  override move(
    dataId: object,
    values: backend_util.BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    this.put(dataId, values, shape, dtype, refCount);
  }

  private put(
    dataId: object,
    values: backend_util.BackendValues | null | undefined,
    shape: readonly number[],
    dtype: DataType,
    refCount: number,
  ): object {
    if (!(dtype in heapTypes) || values === null || values === undefined) {
      this.data.set(dataId, { values: values as backend_util.BackendValues, dtype, refCount });
      return dataId;
    }
    const numbers = values as backend_util.TypedArray;
    const data = this.reserve(dataId, dtype as HeapType, shape, refCount);
    const { length } = data;
    // Of an empty tensor the cpu backend may hand on values that are none of its: the shape says what there is.
    const exact = numbers.length > length ? numbers.slice(0, length) : numbers;
    if (exact.length === length && this.enqueueWrite(data, exact)) return dataId;
    if (this.recorder?.writesAgain)
      this.recorder.refuse(`${length} values come from JavaScript and cannot be recorded`);
    const target = data.values;
    target.set(exact);
    target.fill(0, exact.length);
    return dataId;
  }

  /**
   * Writes values by a kernel in the queue: writing them from here would wait for all that was launched. Gradients make
   * many zeros and single numbers on the way, a training a batch at each step.
   */
  private enqueueWrite({ address, dtype }: HeapData, numbers: backend_util.TypedArray): boolean {
    const { device, recorder } = this;
    const recorded = recorder?.writesAgain === true;
    if (recorder ? !recorded : !device.busy) return false;
    if (dtype === 'bool' || numbers.length === 0) return false;
    const typed = dtype === 'float32' ? Float32Array : Int32Array;
    if (!(numbers instanceof typed)) return false;
    const words = new Int32Array(numbers.buffer, numbers.byteOffset, numbers.length);
    const [word = 0] = words;
    // The values of a whole batch are not looked through, unless nothing else may be done.
    const looked = recorded || (words.length <= MOST_ZEROS && word === 0);
    if (looked && words.every((each) => each === word))
      device.launch('fill', 1, { out: address, count: words.length, word });
    else if (words.length <= MOST_WORDS)
      device.launch('put', 1, { out: address, count: words.length, words });
    else {
      const staged = recorded ? undefined : device.stage(words);
      if (staged === undefined) return false;
      copyWords(device, staged, address, words.length);
    }
    return true;
  }

  private reserve(
    dataId: object,
    dtype: HeapType,
    shape: readonly number[],
    refCount: number,
  ): HeapData {
    const length = elementsOf(shape);
    const address = this.take(
      length * heapTypes[dtype],
      () => `a ${dtype} tensor of shape [${shape.join(', ')}]`,
    );
    const data = new HeapData(this.device, dtype, address, length, refCount);
    this.data.set(dataId, data);
    this.collected.register(dataId, data, data);
    this.recorder?.made(dataId);
    return data;
  }

  /** Takes heap memory outside of any tensor; `free` gives it back, or the end of the kernel that runs. */
  allocate(bytes: number, what: string): number {
    const address = this.take(bytes, () => what);
    this.taken?.scratch.push(address);
    return address;
  }

  private take(bytes: number, what: () => string): number {
    const { heap } = this.device;
    let address = heap.allocate(bytes);
    if (address < 0) {
      for (const borrower of this.borrowers) {
        borrower.giveBack();
        address = heap.allocate(bytes);
        if (address >= 0) break;
      }
    }
    if (address >= 0) {
      this.recorder?.took(address);
      return address;
    }
    const { heapBytes, usedBytes, largestFreeBytes } = heap.state();
    const mb = (n: number): string => `${(n / 2 ** 20).toFixed(1)} MB`;
    throw new Error(
      `mnet: no memory for ${what()} (${mb(bytes)})${this.kernel ? ` in '${this.kernel}'` : ''}: of the heap's ${mb(heapBytes)} (${Math.ceil(this.device.machine.memory.limit / 2 ** 20)} MB at most) ` +
        `${mb(usedBytes)} are in use, the largest free block is ${mb(largestFreeBytes)}. ` +
        'Take a smaller batch, or dispose of tensors that are no longer needed (tf.tidy).',
    );
  }

  /** Gives memory of `allocate` back. */
  free(address: number): void {
    const { scratch } = this.taken ?? {};
    const place = scratch ? scratch.lastIndexOf(address) : -1;
    if (place >= 0) scratch?.splice(place, 1);
    this.device.heap.deallocate(address);
  }

  /** A training step that is recorded and replayed: `captureStep` of `@mnet/ops`. */
  captureStep(): CapturedStep {
    return new ReplayedStep(this);
  }

  get recording(): boolean {
    return this.recorder !== undefined;
  }

  startRecording(recorder: Recorder): void {
    if (this.recorder) throw new Error('capture: another computation is being recorded');
    this.recorder = recorder;
    this.device.listen((kernel, words) => recorder.launched(kernel, words));
  }

  stopRecording(): void {
    this.recorder = undefined;
    this.device.listen(undefined);
  }

  holds(dataId: object): boolean {
    return this.data.has(dataId);
  }

  moveOut(dataId: object): void {
    const data = this.data.get(dataId) as unknown;
    if (!(data instanceof HeapData)) return;
    const from = data.address;
    const bytes = data.length * heapTypes[data.dtype];
    const to = this.take(bytes, () => 'a copy of a tensor in whose place replays write');
    const values = new Uint8Array(this.device.bytes, from, bytes);
    new Uint8Array(this.device.bytes, to, bytes).set(values);
    data.address = to;
    this.device.heap.deallocate(from);
  }

  /**
   * A new tensor whose values are undefined until a kernel writes them.
   *
   * @throws tfjs's error if the shape is none; in a kernel also where it has no elements, and the cpu backend's runs.
   */
  output(shape: readonly number[], dtype: HeapType = 'float32'): TensorInfo {
    const { taken } = this;
    if (taken && shape.includes(0) && elementsOf(shape) === 0) throw noElements;
    const dataId = { id: this.nextId++ };
    this.reserve(dataId, dtype, shape, 1);
    taken?.outputs.push(dataId);
    return { dataId, shape: shape as number[], dtype };
  }

  /** Address of a tensor's values. */
  address(tensor: TensorInfo): number {
    const data = this.data.get(tensor.dataId) as unknown;
    if (!(data instanceof HeapData))
      throw new Error(`mnet: a ${tensor.dtype} tensor has no address`);
    this.recorder?.named(tensor.dataId, data.address);
    return data.address;
  }

  /** Whether a change of a tensor's values would be seen elsewhere: by another tensor, or by a recorded computation. */
  isShared(tensor: TensorInfo): boolean {
    // First of all: a tensor of another backend moves here, with all that share its values.
    const address = this.address(tensor);
    return this.refCount(tensor.dataId) > 1 || this.device.heap.isHeld(address);
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const data = this.data.get(dataId) as unknown;
    if (!(data instanceof HeapData)) return super.disposeData(dataId, force);
    data.refCount--;
    if (!force && data.refCount > 0) return false;
    this.data.delete(dataId);
    this.collected.unregister(data);
    this.release(data);
    return true;
  }

  private release(data: HeapData): void {
    if (this.depth > 0) this.deferred.push(data.address);
    else this.device.heap.deallocate(data.address);
  }

  /** Time of what a function launches, until it is done. */
  override async time(f: () => void): Promise<{ kernelMs: number }> {
    this.device.finish();
    const start = util.now();
    f();
    this.device.finish();
    return { kernelMs: util.now() - start };
  }

  /** Runs a kernel; errors of memory name it. */
  running<T>(kernel: string, run: () => T): T {
    const outer = this.kernel;
    this.kernel = kernel;
    try {
      return run();
    } finally {
      this.kernel = outer;
    }
  }

  /** Runs a kernel of our own; undefined where it does not take the case. */
  attempt<T>(kernel: () => T | undefined): T | undefined {
    return this.scope(() => {
      try {
        return kernel();
      } catch (error) {
        if (error !== noElements) throw error;
        return undefined;
      }
    });
  }

  /** Gives back what a kernel took of the heap for itself, and its tensors too unless it ends with a result. */
  private scope<T>(kernel: () => T): T {
    const outer = this.taken;
    const taken: Taken = { outputs: [], scratch: [] };
    this.taken = taken;
    let result: T | undefined;
    try {
      result = kernel();
      return result;
    } finally {
      this.taken = outer;
      for (const address of taken.scratch) this.device.heap.deallocate(address);
      if (result === undefined) for (const dataId of taken.outputs) this.disposeData(dataId, true);
      else outer?.outputs.push(...taken.outputs);
    }
  }

  /** Tells who records that the kernel which runs does what a record could not repeat. */
  notRecorded(what: string): void {
    this.recorder?.refuse(`'${this.kernel}' ${what} and cannot be recorded`);
  }

  /** Tells who records that the kernel which runs is about to change a variable in place. */
  changes(variable: TensorInfo): void {
    const { recorder } = this;
    if (recorder) recorder.changes(variable.dataId, String(this.kernel), this.isShared(variable));
  }

  /** Runs what computes in JavaScript, as cpu kernels do; memory it disposes of stays until it has returned. */
  fallback<T>(kernel: () => T): T {
    if (!sharing.has(this.kernel ?? '')) this.notRecorded('runs in JavaScript');
    this.depth++;
    try {
      return this.scope(kernel);
    } finally {
      this.depth--;
      if (this.depth === 0 && this.deferred.length > 0) {
        for (const address of this.deferred) this.device.heap.deallocate(address);
        this.deferred = [];
      }
    }
  }

  /** A copy of the values: what a user holds must not change when the memory is used again. */
  override readSync(dataId: object): backend_util.BackendValues {
    this.recorder?.refuse('values cannot be read while a computation is recorded');
    const data = this.data.get(dataId) as unknown;
    return data instanceof HeapData ? data.values.slice() : super.readSync(dataId);
  }

  override memory(): MnetMemory {
    return { unreliable: false, reasons: [], ...this.device.heap.state() };
  }

  async profile(run: () => unknown): Promise<KernelTime[]> {
    this.device.startProfile();
    try {
      await run();
    } catch (error) {
      this.device.stopProfile();
      throw error;
    }
    return this.device.stopProfile();
  }

  /** Whether the backend was removed. */
  get removed(): boolean {
    return this.stopped;
  }

  override dispose(): void {
    this.stopped = true;
    this.device.stop();
  }
}
