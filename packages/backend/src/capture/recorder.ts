import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelName } from '../generated/commands.ts';
import type { Device } from '../runtime/device.ts';

/** Hears of all that a backend does while a computation is recorded. */
export interface Recorder {
  /**
   * Whether what JavaScript writes must be a command of the record: where blocks are used for one tensor after another, a
   * constant is gone when the record has run once.
   */
  readonly writesAgain: boolean;
  /** A block was taken of the heap. */
  took(address: number): void;
  /** A tensor was made. */
  made(dataId: object): void;
  /** A command is about to name a tensor. */
  named(dataId: object, address: number): void;
  /**
   * A kernel is about to change a variable in place.
   *
   * @param shared whether others would see the change, so that the variable gets a block of its own first
   */
  changes(dataId: object, kernel: string, shared: boolean): void;
  /** A command was launched. */
  launched(kernel: KernelName, words: Int32Array): void;
  /** The computation does what a record cannot repeat: `'TopK' runs in JavaScript and cannot be recorded`. */
  refuse(why: string): void;
}

/** What has memory that others may need more: a record that can be made again. */
export interface Borrower {
  giveBack(): void;
}

/** What recording and replaying need of the backend. */
export interface RecordedBackend extends KernelBackend {
  readonly device: Device;
  /** Those that are asked for memory where there is none left. */
  readonly borrowers: Set<Borrower>;
  readonly removed: boolean;
  /** Whether a computation is being recorded. */
  readonly recording: boolean;
  /** @throws if another computation is being recorded */
  startRecording(recorder: Recorder): void;
  stopRecording(): void;
  /** Takes heap memory outside of any tensor. */
  allocate(bytes: number, what: string): number;
  free(address: number): void;
  /** A new tensor whose values are undefined until a kernel writes them. */
  output(shape: readonly number[], dtype?: 'float32' | 'int32' | 'bool'): TensorInfo;
  /** Whether there is a tensor of these values still. */
  holds(dataId: object): boolean;
  /** @throws if its values do not lie in the heap */
  address(tensor: TensorInfo): number;
  isShared(tensor: TensorInfo): boolean;
  /** Moves a tensor's values to a block of their own: replays write into the one where they are. */
  moveOut(dataId: object): void;
}
