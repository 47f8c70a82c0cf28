import type { TappedOutputs } from '@mnet/layers';
import {
  batchCrossEntropy,
  type Objective,
  type ObjectiveSetup,
  type ObjectiveValue,
  trainingCall,
} from '@mnet/train';
import { add, mul, type Scalar, type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import { addTerms } from './add-terms.ts';
import type { DistillationSettings } from './options.ts';
import { type Sides, tapSides, tapsOf } from './sides.ts';
import { cacheable, newImages } from './teachers/cacheable.ts';
import { cachedTeacher, cacheLogits } from './teachers/cached-logits.ts';
import { checkStored } from './teachers/check-stored.ts';
import { checkTeacherInput } from './teachers/input-shape.ts';
import type { Teacher } from './teachers/teacher.ts';

/** What one training holds. */
interface Session extends Sides {
  /** One record a loss. */
  readonly variables: readonly Readonly<Record<string, Variable>>[];
  /** One a loss. */
  readonly seeds: readonly number[];
  readonly trainingLabels: Int32Array;
}

/**
 * Distillation as an objective of the training loop:
 *
 *     L = α · Σ wᵢ · lossᵢ + studentLossWeight · CE(student, labels)
 *
 * The student makes one forward pass a step, for the logits and all taps. Of mixed pictures, CE is that of both labels; the
 * teacher sees the mixed pictures, and losses that look at labels see those of the larger share.
 */
export function distillationObjective(settings: DistillationSettings): Objective<TappedOutputs> {
  const { teacher, losses, weights, alpha } = settings;
  const { studentLossWeight, labelSmoothing, cacheTeacher } = settings;
  let session: Session | undefined;
  return {
    name: 'distillation',
    config: {
      name: 'distillation',
      teacher: teacher.config,
      losses: losses.map(({ config }) => config),
      weights: [...weights],
      alpha,
      studentLossWeight,
      labelSmoothing,
      cacheTeacher,
    },

    mixes: true,

    async fingerprint() {
      const digest = await teacher.fingerprint?.();
      return digest === undefined ? {} : { teacher: digest };
    },

    async setup(setup) {
      checkTeacherInput(teacher, setup.dataset.shape, `'${setup.dataset.name}' has`);
      const images = setup.dataset.length;
      const sides = tapSides(settings, images);
      const cached = await maybeCached(teacher, tapsOf(losses, 'teacher'), cacheTeacher, setup);
      const shapes = { student: sides.student.shapes, teacher: sides.teacher.shapes };
      const seeds = losses.map((_, i) => setup.seed + i);
      const variables = losses.map((loss, i) =>
        // Tidying leaves variables, and takes what they were made of.
        tidy(() => loss.variables?.(shapes, seeds[i] as number, images) ?? {}),
      );
      session = {
        ...sides,
        ...(cached && { teacher: cached.prepare([]) }),
        variables,
        seeds,
        trainingLabels: setup.dataset.labels,
      };
      return { variables: variables.flatMap((record) => Object.values(record)) };
    },

    prepare: ({ batch }) => (session as Session).teacher.forward(batch),

    compute(context): ObjectiveValue {
      const { batch, prepared } = context;
      const { student, variables, seeds, trainingLabels } = session as Session;
      const { logits, taps } = student.apply(batch.images, trainingCall(context));
      const own = batchCrossEntropy(logits, batch, { labelSmoothing });
      const terms: Record<string, Scalar> = { crossEntropy: own.loss };
      let loss: Tensor = mul(own.loss, studentLossWeight);
      losses.forEach((each, i) => {
        const parts = each.compute({
          studentLogits: logits,
          teacherLogits: prepared.logits,
          labels: batch.labels,
          // A loss that does not look at these can be replayed.
          get indices() {
            return batch.indices;
          },
          trainingLabels,
          studentTaps: taps,
          teacherTaps: prepared.taps,
          variables: variables[i] as Record<string, Variable>,
          seed: seeds[i] as number,
          epoch: context.epoch,
          get step() {
            return context.step;
          },
          stepsPerEpoch: context.stepsPerEpoch,
        });
        addTerms(terms, parts);
        for (const value of Object.values(parts)) {
          loss = add(loss, mul(value, alpha * (weights[i] as number)));
        }
      });
      return { loss: loss as Scalar, logits, hits: own.hits, terms };
    },

    teardown() {
      for (const record of session?.variables ?? []) {
        for (const variable of Object.values(record)) variable.dispose();
      }
      session = undefined;
    },
  };
}

/** The teacher's logits, asked for once, where that is possible and worth while. */
async function maybeCached(
  teacher: Teacher,
  taps: readonly string[],
  wanted: boolean | 'auto',
  { dataset, augment, epochs, signal, progress }: ObjectiveSetup,
): Promise<Teacher | undefined> {
  checkStored(teacher, dataset, augment);
  if (wanted === false || teacher.dataset !== undefined) return undefined;
  const way = cacheable(augment);
  const passes = way === 'mirrored' ? 2 : 1;
  if (wanted === 'auto' && (way === 'none' || taps.length > 0 || epochs <= passes)) {
    return undefined;
  }
  if (way === 'none') {
    throw new Error(
      `cacheTeacher: got true with ${newImages(augment)} in augment, of which the images are new each time; takes 'auto' or false, or augment with flip alone`,
    );
  }
  if (taps.length > 0) {
    throw new Error(
      `cacheTeacher: got true with losses that need the teacher's layers ${taps.join(', ')}; takes 'auto' or false`,
    );
  }
  const cache = await cacheLogits(teacher, dataset, {
    mirrored: way === 'mirrored',
    ...(signal ? { signal } : {}),
    onProgress: (done, total) => progress('teacher logits', done, total),
  });
  return cachedTeacher(cache, dataset);
}
