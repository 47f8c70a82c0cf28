import { resolve } from 'node:path';
import { pickBackend } from '@mnet/backend';
import { type ReportRun, writeReport } from '@mnet/bench';
import { shapes10 } from '@mnet/data-cifar';
import { distill, hintonKd } from '@mnet/distill';
import { resultsTable } from '@mnet/example-shared';
import { createModel, modelCost } from '@mnet/models';
import { adam, cosine, progressBar, type RunRecord, train } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { config } from './config.ts';

const { seed, batchSize, learningRate, alpha, temperature } = config;
await pickBackend({ prefer: 'mnet', log: console.log });

// Drawn pictures of ten shapes, a stand-in for CIFAR-10 that needs no download.
const data = shapes10({ ...config.data, seed });

const options = {
  batchSize,
  seed,
  optimizer: adam(),
  schedule: cosine({ peak: learningRate, warmupEpochs: 0.5 }),
  callbacks: [progressBar()],
};
const network = (name: typeof config.teacher | typeof config.student): LayersModel =>
  createModel(name.network, { classes: 10, inputShape: [32, 32, 3], width: name.width, seed });
const row = (name: string, record: RunRecord, model: LayersModel): ReportRun => ({
  ...record,
  name,
  macs: modelCost(model).macs,
});

console.log('\nteacher');
const teacher = network(config.teacher);
const taught = await train(teacher, data, { ...options, epochs: config.teacher.epochs });

console.log('\nstudent alone');
const alone = network(config.student);
const result = await train(alone, data, { ...options, epochs: config.student.epochs });

console.log('\nthe same student, distilled from the teacher');
const student = network(config.student);
const distilled = await distill(student, {
  teacher,
  data,
  losses: [hintonKd({ temperature })],
  alpha,
  evaluateTeacher: false,
  ...options,
  epochs: config.student.epochs,
});

const runs = [
  row('teacher', taught.record, teacher),
  row('student alone', result.record, alone),
  row('student distilled', distilled.record, student),
];
console.log(`\n${resultsTable(runs)}\n`);

const report = resolve(process.env.INIT_CWD ?? '.', 'runs/quickstart/report.html');
writeReport(report, runs, { title: 'Quickstart: knowledge distillation on shapes10, a stand-in' });
console.log(`report: ${report}`);
