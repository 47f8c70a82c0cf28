import { sha256 } from '@mnet/core/files';
import { type Given, integer, optional, options, resolve } from '@mnet/core/options';
import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { asTeacher } from './as-teacher.ts';
import type { PreparedTeacher, Teacher, TeacherBatch } from './teacher.ts';

const rememberingOptions = options({
  /**
   * How many bytes of logits are kept, at least 1; default 1 GiB. All batches of a training take images × epochs × classes ×
   * 4, those of the evaluation of the teacher images × classes × 4. What is beyond it is asked about each time: to let the
   * oldest go instead would let each go just before it is asked about again.
   */
  maxBytes: optional(integer({ min: 1 }), 2 ** 30),
});

/** Options of {@link rememberingTeacher}. */
export interface RememberingTeacherOptions extends Given<typeof rememberingOptions> {}

/** A teacher that keeps the logits it has given. */
export interface RememberingTeacher extends Teacher {
  /** Batches that the teacher itself was asked about, for its logits alone. */
  readonly computed: number;
  /** Batches whose logits were there. */
  readonly remembered: number;
  /** Bytes of the logits that are kept now. */
  readonly bytes: number;
  /** Lets go of all of them. */
  forget(): void;
}

/**
 * A teacher that is asked about each batch once, however many students learn from it. Trainings of one seed, batch size
 * and augmentation see the same batches, crops and mixed pictures included, so where methods or temperatures are compared,
 * the first student pays for the teacher and those after it do not. The bits are the same. Where no augmentation but `flip`
 * is asked for, {@link cacheLogits} needs less memory and may be stored.
 *
 * A batch is known by the SHA-256 of its pixels, so the backend must be one that reads values synchronously. Losses that
 * need the teacher's layers ask it each time. A teacher that is trained on must be given anew, or be let forget; a training
 * with a `run` folder sees to it by itself.
 *
 * @throws if an option is unknown or out of range, or the teacher is no model or `Teacher`.
 */
export function rememberingTeacher(
  given: Teacher | LayersModel,
  givenOptions: RememberingTeacherOptions = {},
): RememberingTeacher {
  const teacher = asTeacher(given);
  const { maxBytes } = resolve(rememberingOptions, givenOptions, 'rememberingTeacher');
  const memory = new LogitsMemory(maxBytes);
  let identity: string | undefined;
  const { parameters, inputShape, dataset, views } = teacher;
  return {
    name: teacher.name,
    classes: teacher.classes,
    config: teacher.config,
    ...(parameters !== undefined && { parameters }),
    ...(inputShape && { inputShape }),
    ...(dataset && { dataset }),
    ...(views && { views }),
    ...(teacher.fingerprint && {
      async fingerprint(): Promise<string> {
        const now = await (teacher as Required<Teacher>).fingerprint();
        if (identity !== undefined && now !== identity) memory.clear();
        identity = now;
        return now;
      },
    }),
    prepare(taps) {
      const prepared = teacher.prepare(taps);
      return taps.length > 0 ? prepared : remembering(prepared, memory);
    },
    get computed() {
      return memory.missed;
    },
    get remembered() {
      return memory.found;
    },
    get bytes() {
      return memory.bytes;
    },
    forget: () => memory.clear(),
  };
}

function remembering(prepared: PreparedTeacher, memory: LogitsMemory): PreparedTeacher {
  return {
    shapes: prepared.shapes,
    forward(batch) {
      const key = keyOf(batch);
      const known = memory.take(key);
      if (known) {
        const rows = batch.images.shape[0];
        return { logits: tensor2d(known.slice(), [rows, known.length / rows]), taps: {} };
      }
      const outputs = prepared.forward(batch);
      memory.put(key, valuesOf(outputs.logits));
      return outputs;
    },
  };
}

/** A teacher of stored logits looks at where the images stand, one of your own may look at anything that it is given. */
function keyOf({ images, indices, mirrored }: TeacherBatch): string {
  const pixels = images.dataSync();
  const parts = [pixels, indices, mirrored].map(
    ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
  );
  return sha256([`${images.shape.join('×')}, ${indices.length} `, ...parts]);
}

/** A copy: a backend may give the very array that it computes with. */
function valuesOf(logits: Tensor2D): Float32Array {
  return Float32Array.from(logits.dataSync());
}

/** Logits by key. */
class LogitsMemory {
  readonly #kept = new Map<string, Float32Array>();
  readonly #maxBytes: number;
  bytes = 0;
  found = 0;
  missed = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  take(key: string): Float32Array | undefined {
    const logits = this.#kept.get(key);
    if (logits) this.found++;
    else this.missed++;
    return logits;
  }

  put(key: string, logits: Float32Array): void {
    if (this.bytes + logits.byteLength > this.#maxBytes) return;
    this.#kept.set(key, logits);
    this.bytes += logits.byteLength;
  }

  clear(): void {
    this.#kept.clear();
    this.bytes = 0;
  }
}
