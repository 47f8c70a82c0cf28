import { sha256 } from '@mnet/core/files';
import { assertImageDataset, fingerprint, type ImageDataset } from '@mnet/data';
import { type StreamOptions, streamLogits } from '@mnet/train';
import { reverse, type Tensor2D, tensor2d, type Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { show } from '@mnet/core/check';
import { boolean, type Given, optional, options, resolve } from '@mnet/core/options';
import { asTeacher } from './as-teacher.ts';
import { checkTeacherInput } from './input-shape.ts';
import type { Teacher } from './teacher.ts';

/** Logits of every image of a data set, in its order. Plain data: it can be stored and used again. */
export interface CachedLogits {
  /** What gave them. */
  readonly teacher: string;
  /** Of what: the data set's `fingerprint` (`@mnet/data`). */
  readonly fingerprint: string;
  readonly classes: number;
  /** [images, classes], row after row. */
  readonly plain: Float32Array;
  /** The same for the mirrored images, where training mirrors some. */
  readonly mirrored?: Float32Array;
}

const cacheOptions = options({
  /** Asks about the mirrored images too; default false. */
  mirrored: optional(boolean(), false),
});

/** Options of {@link cacheLogits}. */
export interface CacheLogitsOptions extends StreamOptions, Given<typeof cacheOptions> {}

/**
 * Asks a teacher about every image of a data set, once.
 *
 * @throws if an option is unknown or out of range, or the teacher takes other images, answers with NaN or infinity, or is made of
 *   stored logits itself.
 */
export async function cacheLogits(
  teacher: Teacher | LayersModel,
  dataset: ImageDataset,
  given: CacheLogitsOptions = {},
): Promise<CachedLogits> {
  const { mirrored: both, ...stream } = given;
  const { mirrored } = resolve(cacheOptions, { mirrored: both }, 'cacheLogits');
  const asked = asTeacher(teacher);
  const { name, classes } = asked;
  assertImageDataset(dataset, 'dataset');
  if (asked.dataset !== undefined) {
    throw new Error(
      `teacher: got '${name}', which is made of stored logits, takes the model that gave them`,
    );
  }
  checkTeacherInput(asked, dataset.shape, `'${dataset.name}' has`);
  const prepared = asked.prepare([]);
  const passes = mirrored ? 2 : 1;
  const collect = async (pass: number, view: (images: Tensor4D) => Tensor4D) => {
    const logits = new Float32Array(dataset.length * classes);
    const done = pass * dataset.length;
    const streaming = {
      ...stream,
      onProgress: (n: number) => stream.onProgress?.(done + n, passes * dataset.length),
    };
    const none = { indices: Int32Array.of(), mirrored: Uint8Array.of() };
    const ask = (images: Tensor4D): Tensor2D => {
      const { logits: answer } = prepared.forward({ images: view(images), ...none });
      const takes = [images.shape[0], classes];
      if (answer.shape.join() !== takes.join()) {
        throw new RangeError(
          `teacher: '${name}' gave [${answer.shape.join(', ')}], takes logits [${takes.join(', ')}], one for each of its ${classes} classes`,
        );
      }
      return answer;
    };
    for await (const batch of streamLogits(ask, dataset, streaming)) {
      logits.set(batch.logits, (batch.indices[0] as number) * classes);
    }
    const bad = logits.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0) {
      throw new Error(
        `teacher: '${name}' gave ${logits[bad]} for image ${Math.floor(bad / classes)} of '${dataset.name}', takes finite logits`,
      );
    }
    return logits;
  };
  const plain = await collect(0, (images) => images);
  const cache = { teacher: name, fingerprint: fingerprint(dataset), classes, plain };
  return mirrored ? { ...cache, mirrored: await collect(1, (x) => reverse(x, 2)) } : cache;
}

/**
 * Stored logits as a teacher for the images of one data set, as they are and, where these were stored too, mirrored.
 * A batch says which of its images are; their pixels are not looked at. A distillation with another data set or
 * augmentation is refused.
 *
 * @param cache from {@link cacheLogits}, for this data set
 * @throws if it is of another data set, or holds another number of logits than the data set needs.
 */
export function cachedTeacher(cache: CachedLogits, dataset: ImageDataset): Teacher {
  if (typeof cache !== 'object' || cache === null) {
    throw new TypeError(
      `cache: got ${show(cache)}, takes what cacheLogits(teacher, dataset) gives`,
    );
  }
  assertImageDataset(dataset, 'dataset');
  const { teacher: name, classes, plain, mirrored } = cache;
  for (const [key, logits] of Object.entries({ plain, mirrored })) {
    if (logits === undefined && key === 'mirrored') continue;
    if (!(logits instanceof Float32Array) || logits.length !== dataset.length * classes) {
      const got = logits instanceof Float32Array ? `${logits.length} logits` : show(logits);
      throw new RangeError(
        `cache.${key}: got ${got}, takes ${dataset.length * classes}, ${classes} for each of the ${dataset.length} images of '${dataset.name}'`,
      );
    }
  }
  if (cache.fingerprint !== fingerprint(dataset)) {
    throw new Error(
      `cache.fingerprint: got ${show(cache.fingerprint)}, takes '${fingerprint(dataset)}', that of '${dataset.name}'; ask the teacher about these images with cacheLogits`,
    );
  }
  return {
    name,
    classes,
    config: { name, classes, cached: mirrored ? 'mirrored' : 'plain' },
    dataset,
    inputShape: dataset.shape,
    fingerprint: () => {
      const parts = [plain, ...(mirrored ? [mirrored] : [])].map(
        ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
      );
      return Promise.resolve(sha256([fingerprint(dataset), ...parts]));
    },
    views: mirrored ? 'mirrored' : 'plain',
    prepare(taps) {
      if (taps.length > 0) {
        throw new Error(
          `taps: got ${taps.join(', ')} of stored logits, which have no layers; takes the model itself as teacher`,
        );
      }
      return {
        shapes: {},
        forward({ indices, mirrored: turned }) {
          const values = new Float32Array(indices.length * classes);
          indices.forEach((index, i) => {
            const from = mirrored && turned[i] === 1 ? mirrored : plain;
            values.set(from.subarray(index * classes, (index + 1) * classes), i * classes);
          });
          return { logits: tensor2d(values, [indices.length, classes]), taps: {} };
        },
      };
    },
  };
}
