import { engine, keep, type Tensor } from '@tensorflow/tfjs-core';
import type { ComputedStep } from '@mnet/ops';
import { copyWords } from '../runtime/copy-words.ts';
import type { RecordedBackend } from './recorder.ts';
import type { NamedVariable, StepRecorder } from './step-recorder.ts';
import { schedule } from './schedule.ts';
import { writeCommands } from './write-commands.ts';

/** Where an input is copied to. */
interface Input {
  readonly address: number;
  readonly words: number;
  readonly kind: string;
}

/** Of each input, in one: dtype, shape, and the first of the inputs that has the same values. */
function kindsOf(inputs: readonly Tensor[]): string[] {
  const first = new Map<object, number>();
  return inputs.map(({ dataId, dtype, shape }, i) => {
    if (!first.has(dataId)) first.set(dataId, i);
    return `${dtype} [${shape.join()}] ${first.get(dataId)}`;
  });
}

/**
 * Takes the blocks of the inputs, where replays find those of later steps. The inputs get copies: whoever keeps a batch must
 * find it unchanged.
 */
function takeInputs(
  backend: RecordedBackend,
  inputs: readonly Tensor[],
  blocks: number[],
): Input[] {
  const { heap } = backend.device;
  const kinds = kindsOf(inputs);
  const taken = inputs.map((input, i) => ({
    address: backend.address(input),
    words: input.dtype === 'bool' ? Math.ceil(input.size / 4) : input.size,
    kind: kinds[i] as string,
  }));
  const addresses = new Map(inputs.map(({ dataId }, i) => [dataId, taken[i]?.address as number]));
  for (const [dataId, address] of addresses) {
    if (heap.isHeld(address)) throw new Error('another record reads an input of the step');
    heap.hold(address);
    blocks.push(address);
    backend.moveOut(dataId);
  }
  return taken;
}

/** A recorded step, with the memory that it needs. */
export class StepRecord {
  readonly #backend: RecordedBackend;
  readonly #inputs: readonly Input[];
  readonly #results: ComputedStep;
  readonly #variables: readonly NamedVariable[];
  /** How often the values of each result are held. */
  readonly #holders: readonly number[];
  readonly #list: number;
  readonly #count: number;
  readonly #blocks: number[];

  /**
   * Takes a step that has just been recorded: its results are there, and nothing was done since.
   *
   * @returns the reason where its memory is not its own, or there is none for the record
   */
  static of(
    backend: RecordedBackend,
    recorder: StepRecorder,
    results: ComputedStep,
  ): StepRecord | string {
    const { heap } = backend.device;
    const own = new Set(tensorsOf(results).map((tensor) => backend.address(tensor)));
    const { ranges } = recorder;
    if (ranges.some(([start, end]) => heap.inUse(start, end).some((at) => !own.has(at))))
      return 'memory that the step has taken is still in use';
    const blocks = ranges.flatMap(([start, end]) => heap.claim(start, end));
    try {
      return new StepRecord(backend, recorder, results, blocks);
    } catch (error) {
      for (const block of blocks) backend.free(block);
      return (error as Error).message;
    }
  }

  /** @param blocks what it holds so far; what it takes is added at once, so that it can be given back should it fail */
  private constructor(
    backend: RecordedBackend,
    recorder: StepRecorder,
    results: ComputedStep,
    blocks: number[],
  ) {
    this.#backend = backend;
    this.#blocks = blocks;
    this.#inputs = takeInputs(backend, recorder.inputs, blocks);
    this.#count = recorder.launches.length;
    this.#list = writeCommands(backend, schedule(recorder.launches));
    blocks.push(this.#list);
    this.#results = results;
    for (const result of tensorsOf(results)) keep(result);
    this.#holders = tensorsOf(results).map(({ dataId }) => backend.refCount(dataId));
    this.#variables = recorder.variables;
  }

  /** Whether these inputs fit. */
  takes(inputs: readonly Tensor[]): boolean {
    const own = this.#inputs;
    return (
      inputs.length === own.length && kindsOf(inputs).every((kind, i) => kind === own[i]?.kind)
    );
  }

  /** Whether all that the record names is where it was, and nobody else would see what it changes. */
  holds(): boolean {
    const backend = this.#backend;
    return (
      this.#variables.every(
        ({ variable, dataId, address, changed }) =>
          variable.dataId === dataId &&
          !variable.isDisposed &&
          backend.holds(dataId) &&
          backend.address(variable) === address &&
          !(changed && backend.isShared(variable)),
      ) &&
      tensorsOf(this.#results).every(
        (result, i) => !result.isDisposed && backend.refCount(result.dataId) === this.#holders[i],
      )
    );
  }

  /** Launches the step on these inputs; the gradients are those that it was recorded with, the values copies. */
  replay(inputs: readonly Tensor[]): ComputedStep {
    const backend = this.#backend;
    const { device } = backend;
    inputs.forEach((input, i) => {
      const { address, words } = this.#inputs[i] as Input;
      if (words > 0) copyWords(device, backend.address(input), address, words);
    });
    device.feed(this.#list, this.#count);
    return { gradients: this.#results.gradients, values: this.values() };
  }

  /** Copies of the values, for the caller. */
  values(): Tensor[] {
    const backend = this.#backend;
    return this.#results.values.map((value) => {
      const copy: Tensor = engine().makeTensorFromTensorInfo(backend.output(value.shape), backend);
      copyWords(backend.device, backend.address(value), backend.address(copy), value.size);
      return copy;
    });
  }

  /** Gives back all but the results, which may be in use; it cannot be replayed then. */
  release(): void {
    for (const block of this.#blocks.splice(0)) this.#backend.free(block);
  }

  dispose(): void {
    for (const result of tensorsOf(this.#results)) result.dispose();
    this.release();
  }
}

/** The tensors of a step's results, each once. */
export function tensorsOf({ gradients, values }: ComputedStep): Tensor[] {
  return [...new Set([...gradients, ...values].filter((each) => each !== null))];
}
