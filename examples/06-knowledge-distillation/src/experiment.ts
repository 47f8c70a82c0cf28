import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ReportRun, writeReport } from '@mnet/bench';
import {
  interruptSignal,
  loadData,
  resultsTable,
  runCallbacks,
  runFolder,
  savedModel,
  trainOptionsOf,
  useBackend,
  userPath,
} from '@mnet/cli';
import type { Splits } from '@mnet/data';
import { distill, hintonKd } from '@mnet/distill';
import { modelCost } from '@mnet/models';
import { evaluate, readRun, runPaths, train, type TrainOptions } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Config } from './config.ts';
import { studentOf, teacherOf } from './networks.ts';

/** Teacher, student alone, student distilled; then the saved student again, the table and the report. */
export async function runExperiment(config: Config): Promise<void> {
  const dir = runFolder(config, ['teacher', 'alone']);
  checkTeacherRun(config);
  const signal = interruptSignal();
  await useBackend(config.backend, config.threads);
  try {
    const data = await loadData(config, signal);
    const options = trainOptions(config, signal);

    const { teacher, run: teacherRun } = await trainedTeacher(config, data, dir, signal);

    console.log(`\nstudent alone: ${config.student} ×${config.width}, ${config.epochs} epochs`);
    const alone = studentOf(config, data);
    const aloneResult = await train(alone, data, { ...options, run: join(dir, 'alone') });

    console.log(`\nstudent distilled: alpha ${config.alpha}, temperature ${config.temperature}`);
    const student = studentOf(config, data);
    const distilled = await distill(student, {
      teacher,
      data,
      losses: [hintonKd({ temperature: config.temperature })],
      alpha: config.alpha,
      evaluateTeacher: false,
      ...options,
      run: dir,
    });

    const runs: ReportRun[] = [
      teacherRun,
      named('student alone', aloneResult.record, alone),
      named('student distilled', distilled.record, student),
    ];
    const { report, model } = runPaths(dir);
    writeReport(report, runs, { title: `Knowledge distillation on ${data.train.name}` });
    console.log(`\n${resultsTable(runs)}\n`);
    await checkSaved(model, data, distilled.test?.accuracy);
    console.log(`report: ${report}`);
  } catch (error) {
    if (signal.aborted) {
      console.error(`stopped; to go on, give the same command again with --resume`);
    }
    throw error;
  }
}

/** Says at once what would be said only when the data is loaded. */
function checkTeacherRun({ teacherRun }: Config): void {
  if (teacherRun === undefined) return;
  const dir = userPath(teacherRun);
  if (existsSync(join(runPaths(dir).model, 'model.json'))) return;
  throw new Error(
    `--teacher-run: ${dir} holds no finished run (no model/model.json), such as runs/NAME/teacher of an earlier one`,
  );
}

/** What the flags say of a training, for teacher and students alike. */
function trainOptions(config: Config, signal: AbortSignal): TrainOptions {
  const { resume, allowOtherBuild, overwrite } = config;
  const callbacks = runCallbacks(config);
  return { ...trainOptionsOf(config), resume, allowOtherBuild, overwrite, signal, callbacks };
}

/** The teacher that an earlier run left, or one that is trained here. */
async function trainedTeacher(
  config: Config,
  data: Splits,
  dir: string,
  signal: AbortSignal,
): Promise<{ teacher: LayersModel; run: ReportRun }> {
  if (config.teacherRun !== undefined) {
    const run = userPath(config.teacherRun);
    console.log(`teacher: from ${run}`);
    const teacher = await savedModel(run, '--teacher-run');
    return { teacher, run: named('teacher', readRun(run), teacher) };
  }
  const epochs = config.teacherEpochs ?? config.epochs;
  console.log(`teacher: ${config.teacher} ×${config.teacherWidth}, ${epochs} epochs`);
  const teacher = teacherOf(config, data);
  const options = trainOptions({ ...config, epochs }, signal);
  const { record } = await train(teacher, data, { ...options, run: join(dir, 'teacher') });
  return { teacher, run: named('teacher', record, teacher) };
}

function named(name: string, record: ReturnType<typeof readRun>, model: LayersModel): ReportRun {
  return { ...record, name, macs: modelCost(model).macs };
}

/** Loads the saved student and holds it to the accuracy that it was saved with. */
async function checkSaved(path: string, data: Splits, accuracy: number | undefined): Promise<void> {
  const loaded = await savedModel(path, 'model');
  const again = await evaluate(loaded, data.test);
  if (again.accuracy !== accuracy) {
    throw new Error(
      `${path}: loaded again, it has a test accuracy of ${again.accuracy}, and had ${accuracy} when it was saved`,
    );
  }
  console.log(`model: ${path} (loaded again: the same test accuracy)`);
}
