import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { choice, optional, options, type Resolved, text } from '@mnet/core/options';
import { listModels } from '@mnet/models';
import { evaluate, readRun, type RunRecord, runPaths, train } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkNetwork, madeNetwork } from '../flags/network.ts';
import { teacherMaking, teacherOptions, teacherTable } from '../flags/teacher.ts';
import { trainOptionsOf } from '../flags/training.ts';
import { savedModel } from '../networks/saved-model.ts';
import { userPath } from '../program/user-path.ts';
import { type Arm, type ArmContext, networkFor } from './arm.ts';
import type { OwnDeclared } from './experiment.ts';
import type { ExperimentFlags } from './experiment-flags.ts';

/** The flags of an experiment with a teacher and a student, which has these beside its own. */
export const taughtOptions = options({
  /** The teacher's network, default `resnet18`. */
  teacher: optional(choice(listModels()), 'resnet18'),
  ...teacherOptions.fields,
  /** The folder of a run whose network teaches, instead of one that is trained here. */
  teacherRun: optional(text('the folder of a run')),
  /** The student's network, default `mobilenet_v2`. */
  student: optional(choice(listModels()), 'mobilenet_v2'),
});

/** Which networks teach and learn. */
export interface TaughtFlags extends Resolved<typeof taughtOptions> {}

/** The flags of {@link TaughtFlags}. */
export const taughtTable: OwnDeclared<TaughtFlags>['flags'] = {
  teacher: ['--teacher <name>', 'teacher network'],
  ...teacherTable,
  teacherRun: [
    '--teacher-run <folder>',
    'take the trained teacher of this run, such as runs/NAME/teacher, instead of training one',
    {
      conflicts: ['teacher', 'teacherWidth', 'teacherStrides', 'teacherEpochs'],
      kept: userPath,
      path: true,
    },
  ],
  student: ['--student <name>', 'student network'],
};

/**
 * An arm that trains the teacher from seeded weights, or takes that of `--teacher-run`; once for all widths and seeds of the
 * sweep.
 *
 * @throws if there is no finished run in that folder
 */
export function teacherArm<Own extends TaughtFlags>(
  name: string,
  { teacher, teacherRun, teacherWidth, seed }: ExperimentFlags & Own,
): Arm<Own> {
  if (teacherRun !== undefined) {
    return { name, seed, width: finishedRun(teacherRun), train: () => trainedIn(teacherRun) };
  }
  return {
    name,
    width: teacherWidth,
    seed,
    check: (flags) => checkTeacher(flags),
    async train({ flags, data, options: given }) {
      const { classes, shape } = data.train;
      const input = { classes: classes.length, inputShape: [...shape], seed };
      const model = madeNetwork(teacher, teacherMaking(flags), input);
      const { record } = await train(model, data, { ...given, ...teacherTraining(flags) });
      return { model, record };
    },
  };
}

/**
 * What the flags say of the teacher's training.
 *
 * @param changes flags that are otherwise than the students'
 */
export function teacherTraining(
  flags: ExperimentFlags & TaughtFlags,
  changes: Partial<ExperimentFlags> = {},
): ReturnType<typeof trainOptionsOf> {
  const epochs = flags.teacherEpochs ?? flags.epochs;
  return trainOptionsOf({ ...flags, ...changes, epochs });
}

/** @throws where the flags fit no teacher. */
export function checkTeacher(flags: ExperimentFlags & TaughtFlags): void {
  checkNetwork(flags.teacher, teacherMaking(flags));
  teacherTraining(flags);
}

/**
 * An arm that trains the student. What it has saved is loaded again and must have the same test accuracy.
 *
 * @param learn trains the student that it is given, and returns its run's record
 */
export function studentArm<Own extends TaughtFlags>(
  name: string,
  learn: (student: LayersModel, context: ArmContext<Own>) => Promise<{ record: RunRecord }>,
): Arm<Own> {
  return {
    name,
    check: (flags) => checkNetwork(flags.student, flags),
    async train(context) {
      const { flags, data } = context;
      const run = context.options.run as string;
      const model = networkFor(flags.student, flags, data);
      const { record } = await learn(model, context);
      const saved = await savedModel(run, name);
      const { accuracy } = await evaluate(saved, data.test);
      saved.dispose();
      if (accuracy !== record.test?.accuracy) {
        throw new Error(
          `${run}: loaded again, its network has a test accuracy of ${accuracy}, and had ${record.test?.accuracy} when it was saved`,
        );
      }
      return { model, record };
    },
  };
}

/** The width of the network of a run. */
function finishedRun(run: string): number {
  const dir = userPath(run);
  if (!existsSync(join(runPaths(dir).model, 'model.json'))) {
    throw new Error(
      `--teacher-run: ${dir} holds no finished run (no model/model.json), such as runs/NAME/teacher of an earlier one`,
    );
  }
  const made = (readRun(dir).model.made ?? {}) as { options?: { width?: number } };
  return made.options?.width ?? 1;
}

async function trainedIn(run: string): Promise<{ model: LayersModel; record: RunRecord }> {
  return { model: await savedModel(run, '--teacher-run'), record: readRun(userPath(run)) };
}
