import {
  type Arm,
  type ArmContext,
  defaultTaps,
  innerTaps,
  networkFor,
  studentArm,
  teacherArm,
} from '@mnet/cli';
import { bornAgain, deepSupervision, distill } from '@mnet/distill';
import { train } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Flags, Own } from './flags.ts';
import { type Method, methodNames, methods, selfTaught } from './methods.ts';

/** The teacher, where a method needs it, the student alone, and the student by each method that was asked for. */
export function armsOf(flags: Flags): readonly Arm<Own>[] {
  const chosen = methodNames.filter((name) => flags.methods.includes(name));
  const taught = chosen.filter((name) => !isSelfTaught(name));
  if (taught.length === 0 && flags.teacherRun !== undefined) {
    throw new Error(
      `--teacher-run: got it with --methods ${chosen.join(',')}, which have no such teacher; takes it with others`,
    );
  }
  return [
    ...(taught.length > 0 ? [teacherArm<Own>('teacher', flags)] : []),
    studentArm('alone', (model, { data, options }) => train(model, data, options)),
    ...chosen.map((name) => {
      if (name === 'deep') return studentArm<Own>(name, supervised);
      if (name === 'born-again') return bornAgainArm(name);
      return studentArm<Own>(name, (model, context) => distilled(model, methods[name], context));
    }),
  ];
}

function isSelfTaught(name: string): boolean {
  return (selfTaught as readonly string[]).includes(name);
}

function distilled(
  student: LayersModel,
  { loss, weight, labels }: Method,
  { data, options, earlier }: ArmContext<Own>,
) {
  const teacher = earlier('teacher').model;
  return distill(student, {
    ...options,
    data,
    teacher,
    losses: [loss(defaultTaps(student, teacher), options.epochs)],
    weights: [weight],
    alpha: 1,
    studentLossWeight: labels,
  });
}

function supervised(student: LayersModel, { data, options }: ArmContext<Own>) {
  const { labelSmoothing, ...others } = options;
  const objective = deepSupervision(student, {
    ...innerTaps(student),
    ...(labelSmoothing !== undefined && { labelSmoothing }),
  });
  return train(student, data, { ...others, objective });
}

/** Students like the one alone, which teaches the first; the last one is shown. Each has a folder of its own. */
function bornAgainArm(name: string): Arm<Own> {
  return {
    name,
    async train({ flags, data, options, earlier }) {
      const { students, links } = await bornAgain(
        (generation) =>
          networkFor(flags.student, { ...flags, seed: flags.seed + generation }, data),
        {
          ...options,
          data,
          teacher: earlier('alone').model,
          generations: flags.generations,
        },
      );
      const [model, { record }] = [students.at(-1), links.at(-1)] as [
        LayersModel,
        (typeof links)[number],
      ];
      for (const each of students.slice(0, -1)) each.dispose();
      return { model, record };
    },
  };
}
