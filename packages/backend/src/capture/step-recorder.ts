import { engine, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import {
  blockWords,
  codes,
  type KernelName,
  tableWords,
  writtenWords,
} from '../generated/commands.ts';
import { needed } from './needed.ts';
import type { RecordedBackend, Recorder } from './recorder.ts';
import type { Launch, NamedBlock } from './launch.ts';

/** A tensor that a step reads and has not made. */
interface Outside {
  readonly dataId: object;
  readonly address: number;
  changed: boolean;
}

/** A variable that a recorded step names, as it was then. */
export interface NamedVariable {
  readonly variable: Variable;
  readonly dataId: object;
  readonly address: number;
  /** Whether the step changes it in place, as batch normalization does its moving statistics. */
  readonly changed: boolean;
}

/**
 * Records a training step while it is computed, and never stands in its way: what cannot be repeated is noted, and the step
 * goes on. Blocks are given back and taken again as in any step.
 */
export class StepRecorder implements Recorder {
  readonly writesAgain = true;
  #launches: Launch[] = [];
  readonly inputs: readonly Tensor[];
  readonly #backend: RecordedBackend;
  /** All blocks taken, in order: where each begins and ends. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #made = new Set<object>();
  readonly #outside = new Map<object, Outside>();
  /** Numbers of the tensors from outside, by address. */
  readonly #numbers = new Map<number, number>();
  /** What the step consists of: all words of all commands, where a block is said by its number and the offset in it. */
  readonly #trace: number[] = [];
  #reason: string | undefined;
  #variables: NamedVariable[] = [];

  constructor(backend: RecordedBackend, inputs: readonly Tensor[]) {
    this.#backend = backend;
    this.inputs = inputs;
  }

  /** The first thing that cannot be repeated. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** The commands, less those of which nothing comes once the recording was closed. */
  get launches(): readonly Launch[] {
    return this.#launches;
  }

  /** The variables that are named; known once the recording was closed. */
  get variables(): readonly NamedVariable[] {
    return this.#variables;
  }

  took(address: number): void {
    this.#starts.push(address);
    this.#ends.push(address + this.#backend.device.heap.sizeOf(address));
  }

  made(dataId: object): void {
    this.#made.add(dataId);
  }

  named(dataId: object, address: number): void {
    if (this.#made.has(dataId) || this.#outside.has(dataId)) return;
    this.#outside.set(dataId, { dataId, address, changed: false });
    this.#numbers.set(address, this.#numbers.size);
  }

  changes(dataId: object, kernel: string, shared: boolean): void {
    if (shared) this.refuse(`'${kernel}' changes a variable whose values another tensor shares`);
    const outside = this.#outside.get(dataId);
    if (outside) outside.changed = true;
  }

  launched(kernel: KernelName, words: Int32Array): void {
    const [reads, writes]: [NamedBlock[], NamedBlock[]] = [[], []];
    const trace = [codes[kernel]];
    const blocks = blockWords[kernel];
    words.forEach((word, i) => {
      if (i === 0) return;
      if (word === 0 || !blocks.includes(i)) {
        trace.push(word);
        return;
      }
      const address = (word >>> 0) * 4;
      const block = this.#blockAt(address);
      trace.push(block.number, address - block.range[0]);
      (writtenWords[kernel].includes(i) ? writes : reads).push(block);
    });
    this.#trace.push(...trace);
    this.#launches.push({ words, reads, writes, unknown: tableWords[kernel].length > 0 });
  }

  /** The block that an address lies in. */
  #blockAt(address: number): NamedBlock {
    if (this.#numbers.has(address)) return this.#outsideAt(address);
    // Of blocks that overlap, the last taken is the one in use.
    for (let i = this.#starts.length - 1; i >= 0; i--) {
      const [start, end] = [this.#starts[i] as number, this.#ends[i] as number];
      if (address >= start && address < end) return { number: i, range: [start, end] };
    }
    // A convolution of one pixel begins at its filter's middle tap.
    for (const start of this.#numbers.keys()) {
      const block = this.#outsideAt(start);
      if (address >= start && address < block.range[1]) return block;
    }
    this.refuse('a kernel reads memory that is no tensor of the step');
    return { number: 0, range: [address, address] };
  }

  /** A tensor from outside that begins there. */
  #outsideAt(start: number): NamedBlock {
    const end = start + this.#backend.device.heap.sizeOf(start);
    return { number: -1 - (this.#numbers.get(start) as number), range: [start, end] };
  }

  refuse(why: string): void {
    this.#reason ??= why;
  }

  /** Checks that what is left of the step is its results, and that what it read are its inputs and variables. */
  close(results: readonly Tensor[]): void {
    const backend = this.#backend;
    const kept = new Set<object>(results.map(({ dataId }) => dataId));
    for (const { dataId, dtype } of results) {
      if (!this.#made.has(dataId) || dtype !== 'float32')
        this.refuse('a result of the step is not a float32 tensor that it has made');
    }
    for (const dataId of this.#made) {
      if (!kept.has(dataId) && backend.holds(dataId))
        this.refuse('a tensor that the step has made is kept, or assigned to a variable');
    }
    const inputs = new Set<object>(this.inputs.map(({ dataId }) => dataId));
    const variables = new Map(
      Object.values(engine().state.registeredVariables).map((each) => [each.dataId, each]),
    );
    // Replays write later inputs where this one lies.
    if (this.inputs.some(({ dataId }) => variables.has(dataId)))
      this.refuse('an input of the step is a variable, or shares the values of one');
    for (const { dataId, address, changed } of this.#outside.values()) {
      const variable = variables.get(dataId);
      if (variable) this.#variables.push({ variable, dataId, address, changed });
      else if (!inputs.has(dataId) || changed)
        this.refuse('the step reads a tensor that is neither a variable nor one of its inputs');
    }
    if (this.#reason !== undefined) return;
    const left = results.map((result) => this.#blockAt(backend.address(result)).number);
    this.#launches = needed(this.#launches, left);
  }

  /** Whether another step has launched the same, on the same variables and on inputs in the same places. */
  isSame(other: StepRecorder): boolean {
    const [mine, others] = [this.#trace, other.#trace];
    const [named, namedThere] = [this.#variables, other.#variables];
    return (
      mine.length === others.length &&
      mine.every((word, i) => word === others[i]) &&
      named.length === namedThere.length &&
      named.every(({ variable }, i) => variable === namedThere[i]?.variable) &&
      this.#inputNumbers().join() === other.#inputNumbers().join()
    );
  }

  #inputNumbers(): (number | undefined)[] {
    return this.inputs.map(
      ({ dataId }) => this.#numbers.get(this.#outside.get(dataId)?.address as number) ?? -1,
    );
  }

  /** The memory that the step has used, as ranges that do not touch, in order. */
  get ranges(): [number, number][] {
    const all = this.#starts
      .map((start, i): [number, number] => [start, this.#ends[i] as number])
      .toSorted((a, b) => a[0] - b[0]);
    const ranges: [number, number][] = [];
    for (const [start, end] of all) {
      const last = ranges.at(-1);
      if (last && start <= last[1]) last[1] = Math.max(last[1], end);
      else ranges.push([start, end]);
    }
    return ranges;
  }
}
