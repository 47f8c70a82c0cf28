import {
  type Arm,
  type ArmContext,
  checkTeacher,
  loadOther,
  studentArm,
  teacherArm,
  teacherTraining,
} from '@mnet/cli';
import { distill, hintonKd } from '@mnet/distill';
import { train } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Flags, type Own, type TeacherKind, teacherKinds, weightsFlag } from './flags.ts';
import { checkWeights, imagenetTeacher } from './imagenet.ts';

const pretrainedName = 'teacher-pretrained';

/** The teachers, then the student alone and taught by each; all students of a seed start from the same weights. */
export function armsOf(flags: Flags): readonly Arm<Own>[] {
  const kinds = kindsOf(flags);
  return [
    ...(flags.pretrain === undefined ? [] : [pretrainedArm(flags, flags.pretrain)]),
    ...(kinds.includes('finetuned') ? [finetunedArm(flags)] : []),
    ...(kinds.includes('scratch') ? [teacherArm<Own>('teacher-scratch', flags)] : []),
    studentArm('alone', (model, { data, options }) => train(model, data, options)),
    ...kinds.map((kind) => taughtArm(kind, flags)),
  ];
}

/** The teachers that were asked for, or those that there are weights for. */
function kindsOf(flags: Flags): readonly TeacherKind[] {
  const { teachers, imagenetWeights, pretrain, pretrainEpochs, teacherRun } = flags;
  checkWeights(flags);
  if (pretrainEpochs !== undefined && pretrain === undefined)
    throw new Error('--pretrain-epochs: takes --pretrain beside it, such as --pretrain cifar100');
  const weights = imagenetWeights ?? pretrain;
  const kinds = teacherKinds.filter((kind) => teachers?.includes(kind) ?? true);
  const needy = kinds.filter((kind) => kind !== 'scratch');
  const how = `the weights that ${flags.teacher} has from ImageNet as --imagenet-weights FILE, or where they are to be fetched, such as --imagenet-weights hf:timm/resnet18.tv_in1k; or another data set that stands in for ImageNet, such as --pretrain cifar100`;
  if (weights === undefined && needy.length > 0) {
    if (teachers !== undefined) {
      throw new Error(`--teachers: got ${needy.join(' and ')}, takes it with ${how}`);
    }
    console.log(`left out: the teachers ${needy.join(' and ')}; they take ${how}`);
    return ['scratch'];
  }
  if (weights !== undefined && needy.length === 0) {
    throw new Error(
      `${weightsFlag(flags)}: got it with --teachers scratch, takes it with imagenet or finetuned`,
    );
  }
  if (teacherRun !== undefined && !kinds.includes('scratch')) {
    throw new Error(
      `--teacher-run: got it with --teachers ${kinds.join(',')}, takes it with scratch`,
    );
  }
  return kinds;
}

/** What stands in for ImageNet weights: the teacher, trained on another data set; once for all widths and seeds. */
function pretrainedArm(flags: Flags, dataset: NonNullable<Flags['pretrain']>): Arm<Own> {
  const teacher = teacherArm<Own>(pretrainedName, { ...flags, teacherRun: undefined });
  const ofTeacher = <F extends Own>(given: F): F => ({
    ...given,
    teacherEpochs: given.pretrainEpochs ?? given.teacherEpochs,
  });
  return {
    ...teacher,
    check: (given) => teacher.check?.(ofTeacher(given)),
    async train(context) {
      const data = await loadOther(context.flags, dataset, context.options.signal);
      return teacher.train({ ...context, data, flags: ofTeacher(context.flags) });
    },
  };
}

/** The folder of that one's run; undefined where ImageNet's own weights are there. */
function pretrainedRun({ flags: { pretrain }, earlier }: ArmContext<Own>): string | undefined {
  return pretrain === undefined ? undefined : earlier(pretrainedName).run;
}

/** ImageNet weights that learn the data's classes; once for all widths and seeds of the sweep. */
function finetunedArm({ seed, teacherWidth: width }: Flags): Arm<Own> {
  return {
    name: 'teacher-finetuned',
    seed,
    width,
    check: checkTeacher,
    async train(context) {
      const { flags, data, options } = context;
      const model = await imagenetTeacher(flags, data, pretrainedRun(context));
      const training = teacherTraining(flags, { lr: flags.finetuneLr });
      const { record } = await train(model, data, { ...options, ...training });
      return { model, record };
    },
  };
}

/** The student, taught by one of the teachers. */
function taughtArm(kind: TeacherKind, { seed }: Flags): Arm<Own> {
  return studentArm<Own>(`from-${kind}`, async (student, context) => {
    if (kind !== 'imagenet') {
      return taught(student, context.earlier(`teacher-${kind}`).model, context);
    }
    // One head for all students, as the other teachers are one for all.
    const ofAll = { ...context.flags, seed };
    const teacher = await imagenetTeacher(ofAll, context.data, pretrainedRun(context));
    try {
      return await taught(student, teacher, context);
    } finally {
      teacher.dispose();
    }
  });
}

function taught(
  student: LayersModel,
  teacher: LayersModel,
  { flags: { temperature, alpha }, data, options }: ArmContext<Own>,
) {
  return distill(student, {
    ...options,
    data,
    teacher,
    alpha,
    losses: [hintonKd({ temperature })],
  });
}
