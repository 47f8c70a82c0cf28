import { sha256 } from '@mnet/core/files';
import { fingerprint, type ImageDataset } from '@mnet/data';
import { addN, mul, type Tensor2D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { show } from '@mnet/core/check';
import { type Given, list, number, optional, options, resolve } from '@mnet/core/options';
import { teacherTaken } from './as-teacher.ts';
import { shapesAgree } from './input-shape.ts';
import type { Teacher } from './teacher.ts';

const ensembleOptions = options({
  /** One for each member, above 0 in sum; default: equal. Only their ratios count. */
  weights: optional(list(number({ min: 0 }))),
});

/** How {@link ensembleTeacher} weighs its members. */
export interface EnsembleOptions extends Given<typeof ensembleOptions> {}

/**
 * Several teachers as one: the weighted mean of their logits, which is the geometric mean of their predictions, up to
 * a factor.
 *
 * Source: Hinton, Vinyals, Dean 2015, section 1 (arithmetic or geometric mean), https://arxiv.org/abs/1503.02531
 *
 * @param members models or teachers of the same classes
 */
export function ensembleTeacher(
  members: readonly (Teacher | LayersModel)[],
  given: EnsembleOptions = {},
): Teacher {
  if (!Array.isArray(members) || members.length === 0) {
    throw new TypeError(`members: got ${show(members)}, takes at least one model or Teacher`);
  }
  const teachers = members.map((member, i) => teacherTaken.check(member, `members[${i}]`));
  const { weights = teachers.map(() => 1) } = resolve(ensembleOptions, given, 'ensembleTeacher');
  if (weights.length !== teachers.length) {
    throw new RangeError(
      `weights: got ${weights.length}, takes one for each of the ${teachers.length} members`,
    );
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) throw new RangeError('weights: got 0 in sum, takes at least one above 0');
  const [first] = teachers as [Teacher];
  for (const { name, classes } of teachers) {
    if (classes !== first.classes) {
      throw new RangeError(
        `members: '${first.name}' has ${first.classes} classes and '${name}' ${classes}, takes members of the same classes`,
      );
    }
  }
  const name = `ensemble of ${teachers.map((teacher) => teacher.name).join(', ')}`;
  const known = teachers.every(({ parameters }) => parameters !== undefined);
  const parameters = teachers.reduce((sum, teacher) => sum + (teacher.parameters ?? 0), 0);
  const shape = sharedShape(teachers);
  const stored = checkMembers(teachers);
  return {
    name,
    classes: first.classes,
    ...(known ? { parameters } : {}),
    config: { name, members: teachers.map(({ config }) => config), weights: [...weights] },
    ...stored,
    ...(shape ? { inputShape: shape } : {}),
    // Of a member that has none, its config is all that is known.
    fingerprint: async () => {
      const each = teachers.map(
        async (teacher) => (await teacher.fingerprint?.()) ?? JSON.stringify(teacher.config),
      );
      return sha256([JSON.stringify([await Promise.all(each), weights])]);
    },
    prepare(taps) {
      if (taps.length > 0) {
        throw new Error(
          `taps: got ${taps.join(', ')} of an ensemble, which has no layers of its own; takes a single model as teacher`,
        );
      }
      const prepared = teachers.map((teacher) => teacher.prepare([]));
      return {
        shapes: {},
        forward(batch) {
          const logits = prepared.map((member, i) =>
            mul(member.forward(batch).logits, (weights[i] as number) / total),
          );
          return { logits: addN(logits) as Tensor2D, taps: {} };
        },
      };
    },
  };
}

/** The images that all members take. */
function sharedShape(teachers: readonly Teacher[]): Teacher['inputShape'] {
  let shape: Teacher['inputShape'];
  for (const { name, inputShape } of teachers) {
    if (!inputShape) continue;
    shape ??= inputShape;
    const known = shape;
    if (!shapesAgree(known, inputShape)) {
      throw new RangeError(
        `members: '${name}' takes images of [${inputShape.join(', ')}], one before it [${known.join(', ')}]; takes members for the same images`,
      );
    }
    shape = known.map((size, i) => size ?? inputShape[i] ?? null);
  }
  return shape;
}

/** The data set and the views that all members of stored logits know. */
function checkMembers(teachers: readonly Teacher[]): Pick<Teacher, 'dataset' | 'views'> {
  const stored = teachers.filter(({ dataset }) => dataset !== undefined);
  const [first] = stored;
  if (!first?.dataset) return {};
  const digest = fingerprint(first.dataset);
  for (const { name, dataset } of stored) {
    if (fingerprint(dataset as ImageDataset) !== digest) {
      throw new Error(
        `members: the stored logits of '${first.name}' and '${name}' are of other images, takes members of one data set`,
      );
    }
  }
  const known = stored.flatMap(({ views }) => views ?? []);
  if (known.length === 0) return { dataset: first.dataset };
  return { dataset: first.dataset, views: known.includes('plain') ? 'plain' : 'mirrored' };
}
