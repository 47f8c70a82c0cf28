import { join } from 'node:path';
import { textTable } from '@mnet/bench/results';
import { options, required, type Resolved } from '@mnet/core/options';
import type { Splits } from '@mnet/data';
import { type ChainLink, type DistillResult, distillChain, type SummaryRow } from '@mnet/distill';
import { listModels } from '@mnet/models';
import { type RunRecord, type TrainOptions, train } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Command } from 'commander';
import { addBackendFlags, type BackendFlags, useBackend } from '../flags/backend.ts';
import { assistantsOf, chainOptions, chainTable, foldersBefore } from '../flags/chain.ts';
import { addConfigFlag } from '../flags/config-file.ts';
import { addDataFlags, type DataFlags } from '../flags/data.ts';
import {
  addDistillationFlags,
  checkDistillationFlags,
  type DistillationFlags,
  lossesOf,
} from '../flags/distillation.ts';
import { refuseIdle } from '../flags/idle.ts';
import { addFlags } from '../flags/flag.ts';
import {
  addMakingFlags,
  checkNetwork,
  type MakingFlags,
  madeNetwork,
  networkExtras,
  refuseMaking,
} from '../flags/network.ts';
import { addRunFlags, type RunFlags, runFolder } from '../flags/runs.ts';
import { teacherMaking, teacherOptions, teacherTable } from '../flags/teacher.ts';
import { addTrainingFlags, type TrainingFlags, trainOptionsOf } from '../flags/training.ts';
import { isModelName, modelTaken } from '../networks/model-reference.ts';
import { loadForSaved, type SavedNetwork } from '../networks/load-for-saved.ts';
import { savedModel } from '../networks/saved-model.ts';
import { interruptSignal } from '../program/interrupt.ts';
import { percent } from '../program/percent.ts';
import { keepFlags, sayHowToGoOn } from '../runs/kept-flags.ts';
import { addPauseFlag, type PauseFlags, pauseOf } from '../runs/pause.ts';
import { reportOn, reportRun } from '../runs/report.ts';
import { runCallbacks } from '../runs/run-callbacks.ts';

const networks = options({
  /** A network's name, the path of a saved model, or the folder of a run. */
  teacher: required(modelTaken),
  ...teacherOptions.fields,
  /** A network's name, or the path of a saved model, which learns on. */
  student: required(modelTaken),
  ...chainOptions.fields,
});

interface Flags
  extends Resolved<typeof networks>,
    MakingFlags,
    DistillationFlags,
    DataFlags,
    TrainingFlags,
    RunFlags,
    PauseFlags,
    BackendFlags {}

/** `mnet distill` */
export function distillCommand(): Command {
  const command = new Command('distill').description(
    'Trains a student to give what a teacher gives. A teacher by name is trained first, in RUNS/NAME/teacher. Writes RUNS/NAME as train does.',
  );
  addFlags(command, networks, {
    teacher: [
      '--teacher <name>',
      'a network, a saved model, or the folder of a run',
      networkExtras,
    ],
    ...teacherTable,
    student: ['--student <name>', 'a network, or a saved model, which learns on', networkExtras],
    ...chainTable,
  });
  addMakingFlags(command);
  command.addHelpText('after', `\nNetworks: ${listModels().join(', ')}.`);
  refuseMaking(command, 'student');
  refuseMaking(command, 'teacher', ['teacherWidth', 'teacherStrides', 'teacherEpochs']);
  addDataFlags(addDistillationFlags(command));
  addPauseFlag(addRunFlags(addTrainingFlags(command), 'distill'));
  return addConfigFlag(addBackendFlags(refuseIdle(command))).action(runDistill);
}

/** Refuses flags that do not fit each other, before anything is loaded. */
export function checkDistillation(flags: Flags): void {
  checkDistillationFlags(flags);
  trainOptionsOf(flags);
  checkChain(flags);
}

async function runDistill(flags: Flags, command: Command): Promise<void> {
  checkDistillation(flags);
  const dir = runFolder(flags, ['teacher', ...foldersBefore(flags)]);
  const pause = pauseOf(flags.pauseAfter, dir);
  const signal = pause.signal(interruptSignal());
  const shared: Partial<TrainOptions> = {
    resume: flags.resume,
    overwrite: flags.overwrite,
    allowOtherBuild: flags.allowOtherBuild,
    signal,
    callbacks: [keepFlags(dir, command), ...runCallbacks(flags), pause.callback],
  };
  try {
    await useBackend(flags.backend, flags.threads);
    const saved = await savedNetworks(flags);
    const before = (['student', 'teacher'] as const).flatMap((part): SavedNetwork[] => {
      const model = saved[part];
      return model ? [{ model, path: flags[part] }] : [];
    });
    const data = await loadForSaved(before, flags, signal, command, flags.resume ? dir : undefined);
    const { teacher, record: taught } = saved.teacher
      ? { teacher: saved.teacher, record: undefined }
      : await trainedTeacher(flags, data, { ...shared, run: join(dir, 'teacher') });
    const student = saved.student ?? newStudent(flags, data);
    console.log(`\nstudent: ${student.name}, ${flags.method.join(' and ')}, alpha ${flags.alpha}`);
    const chain = linksOf(flags, data, teacher, student, dir);
    const { links, summary } = await distillChain(chain, {
      ...trainOptionsOf(flags),
      ...shared,
      teacher,
      data,
      alpha: flags.alpha,
      ...(flags.weights && { weights: flags.weights }),
      ...(flags.labelSmoothing > 0 && { labelSmoothing: flags.labelSmoothing }),
      run: dir,
    });
    console.log(`\n${summaryTable(summary)}\n`);
    const runs = [
      ...(taught ? [reportRun('teacher', taught, teacher)] : []),
      ...chain.map((link, i) =>
        reportRun(link.name, (links[i] as DistillResult).record, link.student),
      ),
    ];
    reportOn(dir, runs, `${teacher.name} distilled into ${student.name} on ${data.train.name}`);
  } catch (error) {
    if (signal.aborted) sayHowToGoOn(dir, command);
    if (!pause.isPause(error)) throw error;
  }
}

async function savedNetworks({
  teacher,
  student,
}: Flags): Promise<{ teacher?: LayersModel; student?: LayersModel }> {
  return {
    ...(!isModelName(teacher) && { teacher: await savedModel(teacher, '--teacher') }),
    ...(!isModelName(student) && { student: await savedModel(student, '--student') }),
  };
}

async function trainedTeacher(
  flags: Flags,
  data: Splits,
  shared: Partial<TrainOptions>,
): Promise<{ teacher: LayersModel; record: RunRecord }> {
  const { teacher: name, seed } = flags;
  const epochs = flags.teacherEpochs ?? flags.epochs;
  console.log(`teacher: ${name} ×${flags.teacherWidth}, ${epochs} epochs`);
  if (!isModelName(name)) throw new Error(`--teacher ${name}: it is no network by name`);
  const teacher = madeNetwork(name, teacherMaking(flags), { ...inputOf(data), seed });
  const { record } = await train(teacher, data, {
    ...trainOptionsOf({ ...flags, epochs }),
    ...shared,
  });
  return { teacher, record };
}

/** @param before which of the students before the last one it is, from 1; 0 is the last one */
function newStudent(flags: Flags, data: Splits, before = 0): LayersModel {
  const { student: name, seed } = flags;
  if (!isModelName(name)) throw new Error(`--student ${name}: it is no network by name`);
  return madeNetwork(name, flags, { ...inputOf(data), seed: seed + 1 + before });
}

/** All that learn, the student last, whose run is the folder itself. */
function linksOf(
  flags: Flags,
  data: Splits,
  teacher: LayersModel,
  student: LayersModel,
  dir: string,
): readonly ChainLink[] {
  const { strides, batchNormMomentum, seed } = flags;
  const assistants = assistantsOf(flags).map(({ network, width }) =>
    madeNetwork(
      network,
      { width, strides, ...(batchNormMomentum !== undefined && { batchNormMomentum }) },
      { ...inputOf(data), seed },
    ),
  );
  const earlier = Array.from({ length: flags.generations - 1 }, (_, i) =>
    newStudent(flags, data, i + 1),
  );
  const names = [...foldersBefore(flags), 'student'];
  const learners = [...assistants, ...earlier, student];
  return learners.map((each, i) => ({
    name: names[i] as string,
    student: each,
    options: {
      losses: lossesOf(flags, each, learners[i - 1] ?? teacher),
      ...(each === student && { run: dir }),
    },
  }));
}

/** Refuses what no chain can be made of, before anything is computed. */
function checkChain(flags: Flags): void {
  if (flags.generations > 1 && !isModelName(flags.student)) {
    throw new Error(
      `--generations: got ${flags.generations} with the saved student ${flags.student}, takes it with a network by name`,
    );
  }
  for (const { network, width } of assistantsOf(flags)) {
    checkNetwork(network, { width, strides: flags.strides });
  }
}

function inputOf({ train: { classes, shape } }: Splits): { classes: number; inputShape: number[] } {
  return { classes: classes.length, inputShape: [...shape] };
}

function summaryTable(rows: readonly SummaryRow[]): string {
  return textTable([
    ['', 'network', 'params', 'validation', 'test', 'agreement', 'seconds'],
    ...rows.map(
      ({ role, network, parameters, validationAccuracy, testAccuracy, agreement, seconds }) => [
        role,
        network,
        parameters?.toLocaleString('en') ?? '–',
        percent(validationAccuracy),
        percent(testAccuracy),
        percent(agreement),
        seconds?.toFixed(1) ?? '–',
      ],
    ),
  ]);
}
