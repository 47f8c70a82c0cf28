import {
  addDataFlags,
  addRuntimeFlags,
  type DataFlags,
  type RuntimeFlags,
  userPath,
} from '@mnet/example-shared';
import { numberFlag, wholeFlag } from '@mnet/bench/cli';
import { listModels, type ModelName } from '@mnet/models';
import manifest from '@mnet/train/package.json' with { type: 'json' };
import { Command, InvalidArgumentError, Option } from 'commander';

/** Which strides a network has: the paper's; those but for the stem's, which is 1; those for 32×32 pictures. */
export type Strides = 'paper' | 'stem1' | 'cifar';

/** Everything that can be said on the command line. */
export interface Config extends DataFlags, RuntimeFlags {
  teacher: ModelName;
  teacherWidth: number;
  teacherStrides: Strides;
  teacherEpochs?: number;
  teacherRun?: string;
  student: ModelName;
  width: number;
  strides: Strides;
  epochs: number;
  batchSize: number;
  optimizer: 'sgd' | 'adam' | 'adamw';
  lr: number;
  weightDecay: number;
  schedule: 'constant' | 'cosine';
  augment: boolean;
  alpha: number;
  temperature: number;
  run: string;
  resume: boolean;
  allowOtherBuild: boolean;
  overwrite: boolean;
}

const network = (flag: string, what: string, fallback: ModelName): Option =>
  new Option(flag, what).choices(listModels()).default(fallback);
const strides = (flag: string, whose: string, fallback: Strides): Option =>
  new Option(
    flag,
    `${whose} strides: paper; stem1, the paper's with stride 1 in the stem; cifar, for 32×32 pictures (slowest, best)`,
  )
    .choices(['paper', 'stem1', 'cifar'])
    .default(fallback);
const runName = (name: string): string => {
  if (!/^[\w][\w.-]*$/.test(name)) {
    throw new InvalidArgumentError('It takes a name of letters, digits, - and _, such as kd-1.');
  }
  return name;
};
const positive = numberFlag(0, Number.POSITIVE_INFINITY, { open: true });

/** The command, but for what it does. */
export function command(): Command {
  const flags = new Command('06-knowledge-distillation')
    .description(
      'Trains a teacher, trains a student alone, distils the same student from the teacher, and compares the three on the test images. Writes runs/NAME/{config.json, log.jsonl, metrics.csv, report.html, model/}.',
    )
    .addOption(network('--teacher <name>', 'teacher network', 'resnet18'))
    .option('--teacher-width <factor>', "multiplier of the teacher's channels", positive, 1)
    .addOption(strides('--teacher-strides <kind>', "the teacher's", 'paper'))
    .option('--teacher-epochs <n>', "passes of the teacher (default: the student's)", wholeFlag(1))
    .option(
      '--teacher-run <folder>',
      'take the trained teacher of this run folder instead of training one',
      userPath,
    )
    .addOption(network('--student <name>', 'student network', 'mobilenet_v2'))
    .option('--width <factor>', "multiplier of the student's channels", positive, 1)
    .addOption(strides('--strides <kind>', "the student's", 'paper'))
    .option('--epochs <n>', 'passes of a student over the training images', wholeFlag(1), 10)
    .option('--batch-size <n>', 'images a step', wholeFlag(1), 128)
    .addOption(
      new Option('--optimizer <name>', 'update rule (sgd has Nesterov momentum 0.9)')
        .choices(['sgd', 'adam', 'adamw'])
        .default('adam'),
    )
    .option('--lr <rate>', 'learning rate, at its peak', positive, 0.001)
    .option('--weight-decay <factor>', 'weight decay', numberFlag(0), 0)
    .addOption(
      new Option(
        '--schedule <name>',
        'learning rate over time; cosine warms up for 5% of the steps',
      )
        .choices(['constant', 'cosine'])
        .default('cosine'),
    )
    .option('--no-augment', 'leave out random crops (4 pixels of padding) and horizontal flips')
    .option(
      '--alpha <share>',
      'weight of the distillation loss, from 0 to 1; 1 − alpha is that of the labels',
      numberFlag(0, 1),
      0.5,
    )
    .option('--temperature <t>', 'softens both softmaxes', positive, 4)
    .option('--run <name>', 'name of the folder in runs/', runName, 'distillation')
    .addOption(
      new Option('--resume', 'go on with the run where it stopped')
        .default(false)
        .conflicts('overwrite'),
    )
    .option(
      '--allow-other-build',
      'with --resume: go on although the run was made by another build of the kernels or another Node.js; its end then has the bits of neither',
      false,
    )
    .option('--overwrite', 'replace the run that has this name', false);
  return addRuntimeFlags(addDataFlags(flags))
    .version(manifest.version, '-V, --version', 'print the version of the packages')
    .helpOption('-h, --help', 'explain every flag');
}
