import { choice, list, optional, options, type Resolved, text } from '@mnet/core/options';
import {
  attentionTransfer,
  decoupledKd,
  decoupledKdOptions,
  type DistillationLoss,
  distillerOptions,
  fitNet,
  hintonKd,
  kdOptions,
  type TapPair,
} from '@mnet/distill';
import { featureInfo } from '@mnet/models';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Command } from 'commander';
import { addFlags } from './flag.ts';

/** The losses that `--method` takes. */
export const methodNames = ['kd', 'dkd', 'hint', 'attention'] as const;
type Method = (typeof methodNames)[number];

const { temperature } = kdOptions.fields;
const { beta, warmupEpochs } = decoupledKdOptions.fields;

const distillationOptions = options({
  /** What the student learns from the teacher, default `kd`. */
  method: optional(list(choice(methodNames), `one or more of ${methodNames.join(', ')}`), ['kd']),
  /** The weight of each, default 1. */
  weights: distillerOptions.fields.weights,
  /** The share of the teacher, from 0 to 1, default 0.5. */
  alpha: distillerOptions.fields.alpha,
  /** What softens both softmaxes of `kd` and `dkd`, default 4. */
  temperature: optional(temperature.takes),
  /** β of `dkd`, default 8. */
  beta: optional(beta.takes),
  /** Epochs over which `dkd` comes in, default 0. */
  dkdWarmup: optional(warmupEpochs.takes),
  /** Pairs of layers for `hint` and `attention`; by default the ends of stages of one size. */
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
      `softens both softmaxes of kd and dkd (default: ${temperature.fallback})`,
    ],
    beta: [
      '--beta <weight>',
      `weight of the classes that are not the label in dkd (default: ${beta.fallback})`,
    ],
    dkdWarmup: [
      '--dkd-warmup <epochs>',
      `epochs over which dkd comes in (default: ${warmupEpochs.fallback})`,
    ],
    taps: [
      '--taps <pairs>',
      'layers for hint and attention, student:teacher,… (default: ends of stages of one size; of these, hint takes the middle one)',
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
  const pairs = (): TapPair[] => flags.taps?.map(pairOf) ?? commonStages(student, teacher);
  const make: Record<Method, () => DistillationLoss> = {
    kd: () => hintonKd({ ...softened }),
    dkd: () =>
      decoupledKd({
        ...softened,
        ...(flags.beta !== undefined && { beta: flags.beta }),
        ...(flags.dkdWarmup !== undefined && { warmupEpochs: flags.dkdWarmup }),
      }),
    hint: () => {
      const taps = pairs();
      const middle = taps[Math.floor(taps.length / 2)];
      return fitNet({ taps: flags.taps === undefined && middle ? [middle] : taps });
    },
    attention: () => attentionTransfer({ taps: pairs() }),
  };
  return flags.method.map((name) => make[name]());
}

/** Refuses what fits no method that is asked for, before anything is computed. */
export function checkDistillationFlags(flags: DistillationFlags): void {
  const { method, weights, taps } = flags;
  const uses = [
    ['temperature', '--temperature', ['kd', 'dkd']],
    ['beta', '--beta', ['dkd']],
    ['dkdWarmup', '--dkd-warmup', ['dkd']],
    ['taps', '--taps', ['hint', 'attention']],
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
}

function pairOf(pair: string): TapPair {
  const [student, teacher, ...rest] = pair.split(':');
  if (!student || !teacher || rest.length > 0) {
    throw new Error(`--taps: got '${pair}', takes student:teacher, such as block5:block3`);
  }
  return { student, teacher };
}

/** The layers at whose ends pictures have shrunk alike, the widest maps first. */
function commonStages(student: LayersModel, teacher: LayersModel): TapPair[] {
  const ends = (model: LayersModel): Map<number, string> =>
    new Map(
      featureInfo(model)
        .filter(({ stageEnd }) => stageEnd)
        .map(({ reduction, name }) => [reduction, name]),
    );
  const ofTeacher = ends(teacher);
  const pairs = [...ends(student)].flatMap(([reduction, name]) => {
    const other = ofTeacher.get(reduction);
    return other === undefined ? [] : [{ student: name, teacher: other }];
  });
  if (pairs.length === 0) {
    throw new Error('--taps: student and teacher have no maps of one size; name pairs of layers');
  }
  return pairs;
}
