import { choice, list, optional, options, type Resolved, text } from '@mnet/core/options';
import {
  attentionTransfer,
  contrastiveKd,
  contrastiveOptions,
  decoupledKd,
  decoupledKdOptions,
  type DistillationLoss,
  distillerOptions,
  distKd,
  fitNet,
  hintonKd,
  kdOptions,
  multiLevelKd,
  multiLevelOptions,
  relationalKd,
  similarityPreserving,
  type TapPair,
} from '@mnet/distill';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Command } from 'commander';
import { defaultTaps } from '../networks/default-taps.ts';
import { addFlags } from './flag.ts';

/** The losses that `--method` takes. */
export const methodNames = [
  'kd',
  'dkd',
  'dist',
  'mlkd',
  'hint',
  'attention',
  'sp',
  'rkd',
  'crd',
] as const;
type Method = (typeof methodNames)[number];

const { temperature, standardize } = kdOptions.fields;
const { temperatures } = multiLevelOptions.fields;
const { negatives } = contrastiveOptions.fields;
const { beta, warmupEpochs } = decoupledKdOptions.fields;

const distillationOptions = options({
  /** What the student learns from the teacher, default `kd`. */
  method: optional(list(choice(methodNames), `one or more of ${methodNames.join(', ')}`), ['kd']),
  /** The weight of each, default 1. */
  weights: distillerOptions.fields.weights,
  /** The share of the teacher, from 0 to 1, default 0.5. */
  alpha: distillerOptions.fields.alpha,
  /** What softens both softmaxes of `kd`, `dkd` and `dist`, default 4. */
  temperature: optional(temperature.takes),
  /** Whether `kd` and `dkd` take z-scores for logits, default false. */
  standardize: optional(standardize.takes),
  /** What softens the softmaxes of `mlkd`, default 2, 3, 4, 5, 6. */
  temperatures: optional(temperatures.takes),
  /** β of `dkd`, default 8. */
  beta: optional(beta.takes),
  /** Epochs over which `dkd` comes in, default 0. */
  dkdWarmup: optional(warmupEpochs.takes),
  /** Images of other classes that `crd` tells each image from, default 16,384. */
  negatives: optional(negatives.takes),
  /**
   * Pairs of layers for `hint`, `attention`, `sp`, `rkd` and `crd`. By default, the first two take the ends of stages of
   * one size, the others the last maps of both sides.
   */
  taps: optional(list(text(), 'pairs of layers, such as block5:layer2_1,block7:layer3_1')),
});

/** How a student learns from its teacher. */
export interface DistillationFlags extends Resolved<typeof distillationOptions> {}

/** Adds the flags of {@link DistillationFlags}. */
export function addDistillationFlags(command: Command): Command {
  return addFlags(command, distillationOptions, {
    method: [
      '--method <names>',
      `what the student learns from: ${methodNames.join(', ')}, or several parted by commas`,
      { suggestions: methodNames },
    ],
    weights: ['--weights <list>', 'weight of each method, such as 1,0.5 (default: 1)'],
    alpha: [
      '--alpha <share>',
      'weight of the distillation loss, from 0 to 1; 1 − alpha is that of the labels',
    ],
    temperature: [
      '--temperature <t>',
      `softens both softmaxes of kd, dkd and dist (default: ${temperature.fallback})`,
    ],
    standardize: ['--standardize', 'kd and dkd take z-scores for logits'],
    temperatures: [
      '--temperatures <list>',
      `soften the softmaxes of mlkd (default: ${temperatures.fallback.join(',')})`,
    ],
    beta: [
      '--beta <weight>',
      `weight of the classes that are not the label in dkd (default: ${beta.fallback})`,
    ],
    dkdWarmup: [
      '--dkd-warmup <epochs>',
      `epochs over which dkd comes in (default: ${warmupEpochs.fallback})`,
    ],
    negatives: [
      '--negatives <n>',
      `images of other classes that crd tells each image from (default: ${negatives.fallback})`,
    ],
    taps: [
      '--taps <pairs>',
      'layers for hint, attention, sp, rkd and crd, student:teacher,… (default: for hint and attention ends of stages of one size, of these, hint takes the middle one; for the others the last maps)',
    ],
  });
}

/** The losses that the flags name, for this student and teacher. */
export function lossesOf(
  flags: DistillationFlags,
  student: LayersModel,
  teacher: LayersModel,
): DistillationLoss[] {
  const softened = flags.temperature !== undefined && { temperature: flags.temperature };
  const logits = {
    ...softened,
    ...(flags.standardize !== undefined && { standardize: flags.standardize }),
  };
  const named = flags.taps?.map(pairOf);
  const taps = defaultTaps(student, teacher);
  const last = (): readonly TapPair[] => named ?? [taps.last()];
  const make: Record<Method, () => DistillationLoss> = {
    kd: () => hintonKd(logits),
    dkd: () =>
      decoupledKd({
        ...logits,
        ...(flags.beta !== undefined && { beta: flags.beta }),
        ...(flags.dkdWarmup !== undefined && { warmupEpochs: flags.dkdWarmup }),
      }),
    hint: () => fitNet({ taps: named ?? [taps.middle()] }),
    attention: () => attentionTransfer({ taps: named ?? taps.stages() }),
    dist: () => distKd({ ...softened }),
    mlkd: () => multiLevelKd({ ...(flags.temperatures && { temperatures: flags.temperatures }) }),
    sp: () => similarityPreserving({ taps: last() }),
    rkd: () => relationalKd({ taps: last() }),
    crd: () =>
      contrastiveKd({
        taps: [named?.[0] ?? taps.last()],
        ...(flags.negatives !== undefined && { negatives: flags.negatives }),
      }),
  };
  return flags.method.map((name) => make[name]());
}

/** Refuses what fits no method that is asked for, before anything is computed. */
export function checkDistillationFlags(flags: DistillationFlags): void {
  const { method, weights, taps } = flags;
  const uses = [
    ['temperature', '--temperature', ['kd', 'dkd', 'dist']],
    ['standardize', '--standardize', ['kd', 'dkd']],
    ['temperatures', '--temperatures', ['mlkd']],
    ['beta', '--beta', ['dkd']],
    ['dkdWarmup', '--dkd-warmup', ['dkd']],
    ['negatives', '--negatives', ['crd']],
    ['taps', '--taps', ['hint', 'attention', 'sp', 'rkd', 'crd']],
  ] as const;
  for (const [key, flag, methods] of uses) {
    if (flags[key] === undefined || methods.some((each) => method.includes(each))) continue;
    throw new Error(
      `${flag}: got it with --method ${method.join(',')}, takes it with ${methods.join(' or ')}`,
    );
  }
  if (new Set(method).size !== method.length) {
    throw new Error(`--method: got ${method.join(',')}, takes each method once`);
  }
  if (weights !== undefined && weights.length !== method.length) {
    throw new Error(
      `--weights: got ${weights.length} of them, takes one for each of the ${method.length} methods`,
    );
  }
  taps?.forEach(pairOf);
  if (taps !== undefined && taps.length > 1 && method.includes('crd')) {
    throw new Error(`--taps: got ${taps.length} pairs with --method crd, takes one`);
  }
}

function pairOf(pair: string): TapPair {
  const [student, teacher, ...rest] = pair.split(':');
  if (!student || !teacher || rest.length > 0) {
    throw new Error(`--taps: got '${pair}', takes student:teacher, such as block5:block3`);
  }
  return { student, teacher };
}
