import { type TappedModel, tapModel } from '@mnet/layers';
import { softmaxCrossEntropy } from '@mnet/ops';
import type { Objective, ObjectiveContext, ObjectiveSetup, ObjectiveValue } from '@mnet/train';
import {
  add,
  mul,
  type Scalar,
  type Tensor,
  type Tensor2D,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { DistillationLoss } from './losses/distillation-loss.ts';
import { cacheable } from './teachers/cacheable.ts';
import { cachedTeacher, cacheLogits } from './teachers/cached-logits.ts';
import { checkStored } from './teachers/check-stored.ts';
import { checkTeacherInput } from './teachers/input-shape.ts';
import type { PreparedTeacher, Teacher } from './teachers/teacher.ts';

/** A distillation's settings, all of them there and checked. */
export interface DistillationSettings {
  readonly student: LayersModel;
  readonly teacher: Teacher;
  readonly losses: readonly DistillationLoss[];
  readonly weights: readonly number[];
  readonly alpha: number;
  readonly studentLossWeight: number;
  readonly labelSmoothing: number;
  readonly cacheTeacher: boolean | 'auto';
}

/** What one training holds. */
interface Session {
  readonly student: TappedModel;
  readonly teacher: PreparedTeacher;
  /** One record a loss. */
  readonly variables: readonly Readonly<Record<string, Variable>>[];
}

/**
 * Distillation as an objective of the training loop:
 *
 *     L = α · Σ wᵢ · lossᵢ + studentLossWeight · CE(student, labels)
 *
 * The student makes one forward pass a step, for the logits and all taps.
 */
export function distillationObjective(settings: DistillationSettings): Objective {
  const { student, teacher, losses, weights, alpha } = settings;
  const { studentLossWeight, labelSmoothing, cacheTeacher } = settings;
  let session: Session | undefined;
  const names = termNames(losses);
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

    async fingerprint() {
      const digest = await teacher.fingerprint?.();
      return digest === undefined ? {} : { teacher: digest };
    },

    async setup(setup) {
      checkTeacherInput(teacher, setup.dataset.shape, `'${setup.dataset.name}' has`);
      const taps = (side: 'student' | 'teacher'): string[] => [
        ...new Set(losses.flatMap((loss) => (loss.taps ?? []).map((pair) => pair[side]))),
      ];
      const tapped = tapModel(student, taps('student'), `the student '${student.name}'`);
      const asked = await maybeCached(teacher, taps('teacher'), cacheTeacher, setup);
      const prepared = asked.prepare(taps('teacher'));
      const shapes = { student: tapped.shapes, teacher: prepared.shapes };
      const variables = losses.map((loss, i) =>
        // Tidying leaves variables, and takes what they were made of.
        tidy(() => loss.variables?.(shapes, setup.seed + i) ?? {}),
      );
      session = { student: tapped, teacher: prepared, variables };
      return { variables: variables.flatMap((record) => Object.values(record)) };
    },

    prepare({ batch }) {
      const { logits, taps } = (session as Session).teacher.forward(batch);
      const entries = Object.entries(taps).map(([tap, tensor]) => [tapKey(tap), tensor] as const);
      return { logits, ...Object.fromEntries(entries) };
    },

    compute(context): ObjectiveValue {
      const { logits, taps } = studentPass(session as Session, context);
      const { logits: teacherLogits, ...rest } = context.prepared;
      const teacherTaps = Object.fromEntries(
        Object.entries(rest).map(([key, tensor]) => [key.slice(tapKey('').length), tensor]),
      );
      const { labels } = context.batch;
      const crossEntropy = softmaxCrossEntropy(logits, labels, { labelSmoothing });
      const terms: Record<string, Scalar> = { crossEntropy };
      let loss: Tensor = mul(crossEntropy, studentLossWeight);
      losses.forEach((each, i) => {
        const parts = each.compute({
          studentLogits: logits,
          teacherLogits: teacherLogits as Tensor2D,
          labels,
          studentTaps: taps,
          teacherTaps,
          variables: (session as Session).variables[i] as Record<string, Variable>,
          epoch: context.epoch,
          step: context.step,
          stepsPerEpoch: context.stepsPerEpoch,
        });
        for (const [part, value] of Object.entries(parts)) {
          terms[names(i, part)] = value;
          loss = add(loss, mul(value, alpha * (weights[i] as number)));
        }
      });
      return { loss: loss as Scalar, logits, terms };
    },

    teardown() {
      for (const record of session?.variables ?? []) {
        for (const variable of Object.values(record)) variable.dispose();
      }
      session = undefined;
    },
  };
}

function studentPass({ student }: Session, { batch, step }: ObjectiveContext) {
  return student.apply(batch.images, { training: true, step });
}

/** Keeps the taps' names apart from `logits`. */
function tapKey(tap: string): string {
  return `tap:${tap}`;
}

/** Names a term as its loss does; where two losses have one name, the later ones get a number. */
function termNames(losses: readonly DistillationLoss[]): (loss: number, part: string) => string {
  const before = losses.map(
    ({ name }, i) => losses.slice(0, i).filter((other) => other.name === name).length,
  );
  return (loss, part) => ((before[loss] as number) > 0 ? `${part}_${before[loss]}` : part);
}

/** The teacher itself, or its logits, asked for once, where that is possible and worth while. */
async function maybeCached(
  teacher: Teacher,
  taps: readonly string[],
  wanted: boolean | 'auto',
  { dataset, augment, epochs, signal, progress }: ObjectiveSetup,
): Promise<Teacher> {
  checkStored(teacher, dataset, augment);
  if (wanted === false || teacher.dataset !== undefined) return teacher;
  const way = cacheable(augment);
  const passes = way === 'mirrored' ? 2 : 1;
  if (wanted === 'auto' && (way === 'none' || taps.length > 0 || epochs <= passes)) return teacher;
  if (way === 'none') {
    throw new Error(
      "cacheTeacher: got true with a crop or a cutout, which make new images each time; takes 'auto' or false, or augment with flip alone",
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
