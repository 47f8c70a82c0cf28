import {
  addDataFlags,
  addFlags,
  addRunFlags,
  addBackendFlags,
  addTrainingFlags,
  type DataFlags,
  type RunFlags,
  type BackendFlags,
  stridesText,
  type TrainingFlags,
  version,
} from '@mnet/cli';
import {
  choice,
  integer,
  number,
  optional,
  options,
  type Resolved,
  text,
} from '@mnet/core/options';
import { architectureOptions, listModels } from '@mnet/models';
import { Command } from 'commander';

const network = choice(listModels());
const { width, strides } = architectureOptions.fields;

const experiment = options({
  teacher: optional(network, 'resnet18'),
  teacherWidth: width,
  teacherStrides: optional(strides.takes, 'paper'),
  teacherEpochs: optional(integer({ min: 1 })),
  teacherRun: optional(text('the folder of a run')),
  student: optional(network, 'mobilenet_v2'),
  width,
  strides: optional(strides.takes, 'paper'),
  alpha: optional(number({ min: 0, max: 1 }), 0.5),
  temperature: optional(number({ above: 0 }), 4),
});

/** Everything that can be said on the command line. */
export interface Config
  extends Resolved<typeof experiment>,
    DataFlags,
    BackendFlags,
    TrainingFlags,
    RunFlags {}

/** The command, but for what it does. */
export function command(): Command {
  const flags = new Command('06-knowledge-distillation').description(
    'Trains a teacher, trains a student alone, distils the same student from the teacher, and compares the three on the test images. Writes RUNS/NAME/{config.json, log.jsonl, metrics.csv, report.html, model/}.',
  );
  addFlags(flags, experiment, {
    teacher: ['--teacher <name>', 'teacher network'],
    teacherWidth: ['--teacher-width <factor>', "multiplier of the teacher's channels"],
    teacherStrides: ['--teacher-strides <kind>', `the teacher's strides: ${stridesText}`],
    teacherEpochs: ['--teacher-epochs <n>', "passes of the teacher (default: the student's)"],
    teacherRun: [
      '--teacher-run <folder>',
      'take the trained teacher of this run folder instead of training one',
    ],
    student: ['--student <name>', 'student network'],
    width: ['--width <factor>', "multiplier of the student's channels"],
    strides: ['--strides <kind>', `the student's strides: ${stridesText}`],
    alpha: [
      '--alpha <share>',
      'weight of the distillation loss, from 0 to 1; 1 − alpha is that of the labels',
    ],
    temperature: ['--temperature <t>', 'softens both softmaxes'],
  });
  addRunFlags(addTrainingFlags(flags), 'distillation');
  return addBackendFlags(addDataFlags(flags))
    .version(version, '-V, --version', 'print the version of the packages')
    .helpOption('-h, --help', 'explain every flag');
}
