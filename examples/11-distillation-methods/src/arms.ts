import { relative } from 'node:path';
import {
  type Arm,
  type ArmContext,
  defaultTaps,
  innerTaps,
  networkFor,
  studentArm,
  teacherArm,
} from '@mnet/cli';
import {
  bornAgain,
  deepSupervision,
  deepSupervisionOptions,
  distill,
  distillerOptions,
  rememberingTeacher,
  type Teacher,
} from '@mnet/distill';
import { train } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Flags, Own } from './flags.ts';
import { type Method, methodNames, methods, selfTaught } from './methods.ts';

/** The teacher, where a method needs it, the student alone, and the student by each method that was asked for. */
export function armsOf(flags: Flags): readonly Arm<Own>[] {
  if (new Set(flags.factors).size < flags.factors.length) {
    throw new Error(`--factors: got ${flags.factors.join(',')}, takes each factor once`);
  }
  const chosen = methodNames.filter((name) => flags.methods.includes(name));
  const also = factorsOf(flags, chosen);
  const taught = chosen.filter((name) => !isSelfTaught(name));
  const teaching = teachingOf(flags);
  if (taught.length === 0 && flags.teacherRun !== undefined) {
    throw new Error(
      `--teacher-run: got it with --methods ${chosen.join(',')}, which have no such teacher; takes it with others`,
    );
  }
  return [
    ...(taught.length > 0 ? [teacherArm<Own>('teacher', flags)] : []),
    studentArm('alone', (model, { data, options }) => train(model, data, options)),
    ...chosen.flatMap((name) =>
      [...flags.factors, ...(also.get(name) ?? [])].map((factor) => armOf(name, factor, teaching)),
    ),
  ];
}

/** The factors of `--also`, by method, which is one of those that are chosen. */
function factorsOf({ also, factors }: Flags, chosen: readonly string[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const word of also) {
    const { method = '', factor } =
      /^(?<method>.+)-x(?<factor>\d+(\.\d+)?)$/.exec(word)?.groups ?? {};
    const others = found.get(method) ?? [];
    if (
      !chosen.includes(method) ||
      !(Number(factor) > 0) ||
      [...factors, ...others].includes(Number(factor))
    ) {
      throw new Error(
        `--also: got ${word}, takes one of --methods (${chosen.join(', ')}) and -x with a factor above 0 that is not trained anyway, such as kd-x3`,
      );
    }
    found.set(method, [...others, Number(factor)]);
  }
  return found;
}

/** What the students of an experiment learn from. */
type Teaching = (context: ArmContext<Own>) => LayersModel | Teacher;

/** With `--remember-teacher` one teacher for all students of a seed, with room for the logits of all that they see. */
function teachingOf({ rememberTeacher }: Flags): Teaching {
  const network: Teaching = ({ earlier }) => earlier('teacher').model;
  if (!rememberTeacher) return network;
  let last: { model: LayersModel; seed: number; teacher: Teacher } | undefined;
  return ({ flags: { seed }, earlier, data, options: { epochs } }) => {
    const { model } = earlier('teacher');
    if (last?.model === model && last.seed === seed) return last.teacher;
    const { train: images, validation, test } = data;
    const rows = images.length * epochs + (validation?.length ?? 0) + test.length;
    const teacher = rememberingTeacher(model, { maxBytes: rows * images.classes.length * 4 });
    last = { model, seed, teacher };
    return teacher;
  };
}

/** @param factor what the method adds to the loss of the labels counts as many times what its authors say */
function armOf(method: (typeof methodNames)[number], factor: number, teaching: Teaching): Arm<Own> {
  const name = factor === 1 ? method : `${method}-x${factor}`;
  if (method === 'deep') {
    return studentArm(name, (model, context) => supervised(model, factor, context));
  }
  if (method === 'born-again') return bornAgainArm(name, factor);
  const { loss, weight, labels } = methods[method];
  const weighted = { loss, labels, weight: weight * factor };
  return studentArm(name, (model, context) =>
    distilled(model, weighted, teaching(context), context),
  );
}

/** A share whose ratio to the rest is as many times what it was. */
function shareTimes(share: number, factor: number): number {
  return (share * factor) / (share * factor + 1 - share);
}

function isSelfTaught(name: string): boolean {
  return (selfTaught as readonly string[]).includes(name);
}

function distilled(
  student: LayersModel,
  { loss, weight, labels }: Pick<Method, 'loss' | 'weight' | 'labels'>,
  teacher: LayersModel | Teacher,
  { data, options, earlier }: ArmContext<Own>,
) {
  return distill(student, {
    ...options,
    data,
    teacher,
    losses: [loss(defaultTaps(student, earlier('teacher').model), options.epochs)],
    weights: [weight],
    alpha: 1,
    studentLossWeight: labels,
  });
}

function supervised(student: LayersModel, factor: number, { data, options }: ArmContext<Own>) {
  const { labelSmoothing, ...others } = options;
  const { alpha, hintWeight } = deepSupervisionOptions.fields;
  const objective = deepSupervision(student, {
    ...innerTaps(student),
    alpha: shareTimes(alpha.fallback, factor),
    hintWeight: hintWeight.fallback * factor,
    ...(labelSmoothing !== undefined && { labelSmoothing }),
  });
  return train(student, data, { ...others, objective });
}

/** Students like the one alone, which teaches the first; the last one is shown. Each has a folder of its own. */
function bornAgainArm(name: string, factor: number): Arm<Own> {
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
          alpha: shareTimes(distillerOptions.fields.alpha.fallback, factor),
        },
      );
      const [model, { record, run }] = [students.at(-1), links.at(-1)] as [
        LayersModel,
        (typeof links)[number],
      ];
      for (const each of students.slice(0, -1)) each.dispose();
      return { model, record, within: relative(options.run as string, run as string) };
    },
  };
}
