import type { Random } from '@mnet/core/random';
import { operations } from './operations.ts';
import type { Operation, Shape } from './picture.ts';
import { type Choice, drawOperation } from './space.ts';

/** How many operations change a picture, and how much. */
export interface OperationsPlan {
  readonly count: number;
  readonly space: readonly Choice[];
  /** Which magnitude, from 0; undefined: any, each as likely. */
  readonly level: number | undefined;
}

/** Changes pictures of one shape by operations drawn anew for each. */
export class RandomOperations {
  readonly #plan: OperationsPlan;
  readonly #shape: Shape;
  #front: Uint8Array;
  #back: Uint8Array;

  constructor(plan: OperationsPlan, shape: Shape) {
    this.#plan = plan;
    this.#shape = shape;
    const size = shape[0] * shape[1] * shape[2];
    this.#front = new Uint8Array(size);
    this.#back = new Uint8Array(size);
  }

  /** The changed picture, which holds until the next call. */
  change(picture: Uint8Array, random: Random): Uint8Array {
    this.#front.set(picture);
    for (let i = 0; i < this.#plan.count; i++) {
      const { name, magnitude } = drawOperation(this.#plan.space, this.#plan.level, random);
      const operation: Operation = operations[name](magnitude);
      operation(this.#front, this.#shape, this.#back);
      [this.#front, this.#back] = [this.#back, this.#front];
    }
    return this.#front;
  }
}
