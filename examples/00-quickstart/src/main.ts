import { pickBackend } from '@mnet/backend';
import { type ReportRun, writeReport } from '@mnet/bench';
import { resultsTable, userPath } from '@mnet/cli';
import { shapes10, subset } from '@mnet/data';
import { distill, hintonKd } from '@mnet/distill';
import { createModel, modelCost } from '@mnet/models';
import { adam, cosine, progressBar, type RunRecord, train, type TrainOptions } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { config } from './config.ts';

const { seed, few, alpha, temperature } = config;
await pickBackend({ prefer: 'mnet', log: console.log });

// Drawn pictures of ten shapes: a stand-in for CIFAR-10 that needs no download.
const data = shapes10({ ...config.data, seed });
// The teacher saw them all; the student has the first few, each as often as an epoch passes over it.
const repeated = Array.from({ length: few * config.student.passes }, (_, i) => i % few);
const fewData = { ...data, train: subset(data.train, repeated) };
const input = { classes: 10, inputShape: [32, 32, 3], seed } as const;
const newTeacher = () => createModel(config.teacher.name, { ...input, ...config.teacher.options });
const newStudent = () => createModel(config.student.name, { ...input, ...config.student.options });
const options = ({
  epochs,
  batchSize,
  learningRate: peak,
}: typeof config.teacher.train | typeof config.student.train): TrainOptions => ({
  epochs,
  batchSize,
  seed,
  optimizer: adam(),
  schedule: cosine({ peak, warmupEpochs: 0.5 }),
  augment: { crop: { padding: 4 }, flip: true },
  callbacks: [progressBar()],
});

console.log(`\nteacher, on ${data.train.length} pictures`);
const teacher = newTeacher();
const taught = await train(teacher, data, options(config.teacher.train));

console.log(`\nstudent alone, on ${few} of them`);
const alone = newStudent();
const untaught = await train(alone, fewData, options(config.student.train));

console.log('\nthe same student on the same pictures, distilled from the teacher');
const student = newStudent();
const losses = [hintonKd({ temperature })];
const distilled = await distill(student, {
  ...options(config.student.train),
  teacher,
  data: fewData,
  losses,
  alpha,
  evaluateTeacher: false,
});

const row = (name: string, record: RunRecord, model: LayersModel): ReportRun => ({
  ...record,
  name,
  macs: modelCost(model).macs,
});
const runs = [
  row('teacher', taught.record, teacher),
  row('student alone', untaught.record, alone),
  row('student distilled', distilled.record, student),
];
console.log(`\n${resultsTable(runs)}\n`);

const report = userPath('runs/quickstart/report.html');
writeReport(report, runs, { title: 'Quickstart: knowledge distillation on shapes10, a stand-in' });
console.log(`report: ${report}`);
