import {
  datasetNames,
  type ExperimentFlags,
  type OwnDeclared,
  type TaughtFlags,
  taughtOptions,
  taughtTable,
  userPath,
} from '@mnet/cli';
import {
  choice,
  integer,
  list,
  number,
  optional,
  options,
  type Resolved,
  text,
} from '@mnet/core/options';
import { distillerOptions, kdOptions } from '@mnet/distill';

/** The teachers, by what is special about them. */
export const teacherKinds = ['imagenet', 'finetuned', 'scratch'] as const;

/** A teacher with ImageNet weights and an untrained head, the same fine-tuned, or one trained from seeded weights. */
export type TeacherKind = (typeof teacherKinds)[number];

const declared = options({
  ...taughtOptions.fields,
  /** Which teachers there are; default: all that there are weights for. */
  teachers: optional(
    list(
      choice(teacherKinds),
      `one or more of ${teacherKinds.join(', ')}, such as finetuned,scratch`,
    ),
  ),
  /** A safetensors file with the teacher's ImageNet weights, where one is fetched from, or the folder of a run as a stand-in. */
  imagenetWeights: optional(
    text('a safetensors file, a URL, hf:owner/repo@revision, or the folder of a run'),
  ),
  /** A data set that the teacher learns first, where there are no ImageNet weights: what it has learned stands in for them. */
  pretrain: optional(choice(datasetNames)),
  /** For how many epochs; default `teacherEpochs`. */
  pretrainEpochs: optional(integer({ min: 1 })),
  /** The highest rate of the fine-tuning, default 0.01: a tenth of `lr`, so that what was learned is not lost. */
  finetuneLr: optional(number({ above: 0 }), 0.01),
  /** The share of the teacher, from 0 to 1, default 0.5. */
  alpha: distillerOptions.fields.alpha,
  /** What softens both softmaxes, default 4. */
  temperature: kdOptions.fields.temperature,
});

/** Their values. */
export interface Own extends TaughtFlags, Resolved<typeof declared> {}

/** All that the experiment can be told. */
export type Flags = ExperimentFlags & Own;

/** The flag that says where the first two teachers' weights are from. */
export function weightsFlag({ pretrain }: Flags): string {
  return pretrain === undefined ? '--imagenet-weights' : '--pretrain';
}

/** Whether weights are fetched: a URL, or `hf:…`. One letter before the colon is a drive of Windows. */
export function isRemote(place: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(place);
}

/** A file as the user sees it; a place on the network as it is. */
export function weightsPlace(place: string): string {
  return isRemote(place) ? place : userPath(place);
}

/** The flags that only this experiment has. */
export const own: OwnDeclared<Own> = {
  declared,
  flags: {
    ...taughtTable,
    teachers: [
      '--teachers <list>',
      `which teachers: ${teacherKinds.join(', ')} (default: all that there are weights for)`,
      { suggestions: teacherKinds },
    ],
    imagenetWeights: [
      '--imagenet-weights <file>',
      "the teacher's ImageNet weights, named as timm or torchvision do: a safetensors file, or what is to be fetched, such as hf:timm/resnet18.tv_in1k; or the folder of a run of the same network on other data, which stands in for them",
      { kept: weightsPlace, path: true },
    ],
    pretrain: [
      '--pretrain <name>',
      'without ImageNet weights: a data set, such as cifar100, that the teacher is trained on first, which stands in for them',
      { conflicts: 'imagenetWeights' },
    ],
    pretrainEpochs: [
      '--pretrain-epochs <n>',
      'passes over that one (default: --teacher-epochs)',
      { conflicts: 'imagenetWeights' },
    ],
    finetuneLr: ['--finetune-lr <rate>', 'learning rate of the fine-tuning, at its peak'],
    alpha: [
      '--alpha <share>',
      'weight of the distillation loss, from 0 to 1; 1 − alpha is that of the labels',
    ],
    temperature: ['--temperature <t>', 'softens both softmaxes'],
  },
  // A teacher of other weights is told by its digest.
  choosing: ['teachers', 'imagenetWeights'],
};
