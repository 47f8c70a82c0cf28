import { engine, type Variable } from '@tensorflow/tfjs-core';
import type { RecordedBackend, Recorder } from './recorder.ts';

/**
 * Records a forward pass, for `capture`. Every block that its commands name, those of weights included, is held until whoever
 * records frees it, whatever becomes of its tensor.
 */
export class ForwardRecorder implements Recorder {
  readonly writesAgain = false;
  readonly commands: Int32Array[] = [];
  /** The blocks that the commands name, each held once; whether it was taken meanwhile. */
  readonly blocks = new Map<number, boolean>();
  readonly #backend: RecordedBackend;
  readonly #made: object[] = [];
  /** The values that each variable had before. */
  readonly #variables: ReadonlyMap<Variable, object>;

  constructor(backend: RecordedBackend) {
    this.#backend = backend;
    const variables = Object.values(engine().state.registeredVariables);
    this.#variables = new Map(variables.map((variable) => [variable, variable.dataId]));
  }

  took(address: number): void {
    this.#hold(address, true);
  }

  named(_dataId: object, address: number): void {
    this.#hold(address, false);
  }

  #hold(address: number, taken: boolean): void {
    if (this.blocks.has(address)) return;
    this.blocks.set(address, taken);
    this.#backend.device.heap.hold(address);
  }

  made(dataId: object): void {
    this.#made.push(dataId);
  }

  changes(_dataId: object, kernel: string): void {
    this.refuse(`'${kernel}' changes a variable in place and cannot be recorded`);
  }

  launched(_kernel: string, words: Int32Array): void {
    this.commands.push(words);
  }

  /** Refuses a computation that has left another state than it has found. */
  checkVariables(): void {
    for (const [variable, dataId] of this.#variables) {
      if (variable.dataId !== dataId)
        this.refuse(`it assigns to the variable '${variable.name}', which no replay would`);
    }
  }

  refuse(why: string): void {
    throw new Error(`capture: ${why}`);
  }

  /** Gives tensors that outlive the recording blocks of their own, once it is over. */
  separate(): void {
    for (const dataId of this.#made) if (this.#backend.holds(dataId)) this.#backend.moveOut(dataId);
  }
}
