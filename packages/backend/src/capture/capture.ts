import { engine, type Tensor, tensor, tidy, util } from '@tensorflow/tfjs-core';
import type { MnetBackend } from '../backend.ts';
import { ForwardRecorder } from './forward-recorder.ts';
import { runningBackend } from '../register-backend.ts';
import { codes, HEAD_WORDS } from '../generated/commands.ts';
import { watchRandom } from './watch-random.ts';
import { writeCommands } from './write-commands.ts';

/** Kernels that bring a filter into the form its product needs. */
const packs: ReadonlySet<number> = new Set([codes.packPanels, codes.winogradFilter]);

/** A recorded computation. */
export interface Captured {
  /** Shape of the input, batch included. */
  readonly inputShape: readonly number[];
  /** Shape of the output. */
  readonly outputShape: readonly number[];
  /** Kernels that a run launches. */
  readonly launches: number;
  /**
   * Runs on values in the input's order, without a tensor.
   *
   * @returns the output's values, a copy.
   */
  run(values: ArrayLike<number>): Float32Array;
  /** Runs on a float32 tensor of the input's shape; the result is a new tensor. */
  predict(x: Tensor): Tensor;
  /** Gives the memory back, that of the weights too where nobody else has them; the record cannot be run afterwards. */
  dispose(): void;
}

/** What of a tfjs-layers model a record needs. */
export interface CapturableModel {
  /** Its forward pass. */
  apply(x: Tensor, kwargs?: { training: boolean }): unknown;
  /** Of which there must be one. */
  inputs: { shape: (number | null)[] }[];
}

/**
 * Records what a function of one tensor launches, once, and replays it without TensorFlow.js or any other
 * JavaScript between the kernels (as CUDA graphs do): at batch 1 that is most of a network's time.
 *
 * The record holds for this input shape and for the weights as they are now. It keeps them in memory: that a model is
 * trained further, gets other weights or is disposed of changes nothing in it; capture again to see other weights.
 * A tensor kept in the function (tf.keep) has the values of an input of zeros, from the recording, and stays the
 * caller's. Fold batch normalization first (`foldBatchNorm` of `@mnet/models`).
 *
 * @param compute a LayersModel of one input and one output, or a function of one tensor that consists of this backend's own
 *   kernels
 * @param inputShape shape of the float32 input, batch included; by default one image, where a model says its size
 * @throws if a kernel runs in JavaScript or changes a variable in place (the error names the kernel), values are read,
 *   random numbers are drawn in JavaScript or a variable is assigned to while recording.
 */
export function capture(
  compute: CapturableModel | ((x: Tensor) => Tensor),
  inputShape: readonly number[] = defaultShape(compute),
): Captured {
  const call =
    typeof compute === 'function'
      ? compute
      : (x: Tensor) => compute.apply(x, { training: false }) as Tensor;
  for (const n of inputShape) {
    if (!Number.isInteger(n) || n < 1) {
      throw new RangeError(
        `inputShape: got [${inputShape.join(', ')}], takes whole numbers from 1`,
      );
    }
  }
  const backend = runningBackend();
  if (engine().backend !== backend) {
    throw new Error(
      `capture: the backend is '${engine().backendName}', await tf.setBackend('mnet') first`,
    );
  }
  return record(backend, inputShape, recordOf(backend, call, inputShape));
}

/** Where a recorded computation's input and output lie. */
interface Ends {
  inputAddress: number;
  outputAddress: number;
  outputShape: number[];
}

interface Parts extends Ends {
  /** Address of the commands, and how many they are. */
  list: number;
  count: number;
  /** All blocks that the record holds. */
  blocks: number[];
}

/** Computes once, on zeros, and keeps what was launched with all memory that it names. */
function recordOf(
  backend: MnetBackend,
  call: (x: Tensor) => Tensor,
  inputShape: readonly number[],
): Parts {
  const recorder = new ForwardRecorder(backend);
  const { commands, blocks } = recorder;
  backend.startRecording(recorder);
  let ends: Ends;
  try {
    try {
      ends = watchRandom(recorder, () => computeOnce(backend, call, inputShape));
      recorder.checkVariables();
    } finally {
      backend.stopRecording();
      recorder.separate();
    }
    const replayed = withoutPacks(backend, commands, blocks);
    const list = writeCommands(backend, replayed);
    return { ...ends, list, count: replayed.length, blocks: [list, ...blocks.keys()] };
  } catch (error) {
    release(backend, blocks.keys());
    throw error;
  }
}

function computeOnce(
  backend: MnetBackend,
  call: (x: Tensor) => Tensor,
  inputShape: readonly number[],
): Ends {
  return tidy(() => {
    const x: Tensor = engine().makeTensorFromTensorInfo(backend.output(inputShape), backend);
    const inputAddress = backend.address(x);
    new Float32Array(backend.device.bytes, inputAddress, x.size).fill(0);
    const y = call(x);
    if (y.dtype !== 'float32')
      throw new TypeError(`capture: the result is ${y.dtype}, takes a float32 tensor`);
    if (y.isDisposed) throw new Error('capture: the result has been disposed of');
    return { inputAddress, outputShape: y.shape, outputAddress: backend.address(y) };
  });
}

/** Less the packing of filters that were there before: they are packed already, in memory that the record holds. */
function withoutPacks(
  backend: MnetBackend,
  commands: Int32Array[],
  blocks: ReadonlyMap<number, boolean>,
): Int32Array[] {
  const { heap } = backend.device;
  const changing = [...blocks.keys()]
    .filter((at) => blocks.get(at))
    .map((at) => [at, at + heap.sizeOf(at)] as const);
  return commands.filter((c) => {
    // Of both, the first word is what is packed.
    const source = ((c[HEAD_WORDS] as number) >>> 0) * 4;
    const changes = changing.some(([start, end]) => source >= start && source < end);
    return !packs.has(c[0] as number) || changes;
  });
}

function release(backend: MnetBackend, blocks: Iterable<number>): void {
  for (const address of blocks) backend.free(address);
}

function defaultShape(compute: CapturableModel | ((x: Tensor) => Tensor)): number[] {
  const shape = typeof compute === 'function' ? undefined : compute.inputs[0]?.shape;
  if (!shape)
    throw new TypeError('inputShape: got nothing, takes the shape of the input with a function');
  return shape.map((n, axis) => {
    if (n === null && axis > 0)
      throw new TypeError(
        `inputShape: got nothing, takes the shape of the input where the model's is [${shape.map(String).join(', ')}]`,
      );
    return n ?? 1;
  });
}

function record(backend: MnetBackend, inputShape: readonly number[], parts: Parts): Captured {
  const { inputAddress, outputShape, outputAddress, list, count, blocks } = parts;
  const inputSize = util.sizeFromShape(inputShape as number[]);
  const outputSize = util.sizeFromShape(outputShape);
  let live = true;
  const run = (values: ArrayLike<number>): Float32Array => {
    if (!live)
      throw new Error('capture: this record has been disposed of, capture the model again');
    if (backend.removed)
      throw new Error('capture: the backend of this record was removed, capture the model again');
    if (values.length !== inputSize) {
      throw new RangeError(
        `values: got ${values.length}, takes ${inputSize}, those of [${inputShape.join(', ')}]`,
      );
    }
    new Float32Array(backend.device.bytes, inputAddress, inputSize).set(values);
    backend.device.replay(list, count);
    return new Float32Array(backend.device.bytes, outputAddress, outputSize).slice();
  };
  return {
    inputShape,
    outputShape,
    launches: count,
    run,
    predict: (x) => {
      if (x.shape.join() !== inputShape.join() || x.dtype !== 'float32') {
        throw new TypeError(
          `x: got ${x.dtype} [${x.shape.join(', ')}], takes float32 [${inputShape.join(', ')}]`,
        );
      }
      return tensor(run(x.dataSync() as Float32Array), outputShape);
    },
    dispose: () => {
      if (!live) return;
      live = false;
      release(backend, blocks);
    },
  };
}
