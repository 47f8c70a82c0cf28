import { existsSync } from 'node:fs';
import {
  type Arm,
  type ArmContext,
  checkNetwork,
  makingKeys,
  networkFor,
  trainOptionsOf,
} from '@mnet/cli';
import { batchCount } from '@mnet/data';
import { readRun, runPaths, train, type TrainOptions } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { epochsWithin } from './budget.ts';
import { Clock, type Taken } from './clock.ts';
import type { Flags, Own } from './flags.ts';
import { speedNetwork } from './network.ts';
import { recipe, speedTraining } from './recipe.ts';
import { whiteningKernel } from './whitening.ts';

/** A network of this experiment, and how it is trained. */
interface Runner {
  readonly check: (flags: Flags) => void;
  readonly build: (context: ArmContext<Own>) => LayersModel;
  /** @param steps of the whole training */
  readonly options: (flags: Flags, epochs: number, steps: number) => TrainOptions;
}

const runners: Readonly<Record<Flags['network'], Runner>> = {
  speed: {
    check: refuseForeign,
    build: ({ flags, data: { train: images } }) =>
      speedNetwork({
        classes: images.classes.length,
        inputShape: images.shape,
        width: flags.width ?? 1,
        activation: flags.activation ?? 'gelu',
        momentum: flags.batchNormMomentum ?? recipe.statistics,
        seed: flags.seed,
        whitening: whiteningKernel(images),
      }),
    options: speedTraining,
  },
  mobilenet_v2: {
    check(flags) {
      checkNetwork('mobilenet_v2', flags);
      if (flags.activation !== undefined) {
        throw new Error(
          `--activation: got ${flags.activation} with --network mobilenet_v2, takes it with --network speed`,
        );
      }
    },
    build: ({ flags, data }) => networkFor('mobilenet_v2', flags, data),
    options: (flags, epochs) => ({
      ...trainOptionsOf({ ...flags, epochs }),
      ...(flags.labelSmoothing > 0 && { labelSmoothing: flags.labelSmoothing }),
    }),
  },
};

/** The one training that the flags ask for. */
export function armsOf({ network }: Flags): readonly Arm<Own>[] {
  const runner = runners[network];
  return [
    {
      name: network,
      check(flags) {
        if (flags.seeds > 1) {
          throw new Error(
            `--seeds: got ${flags.seeds} in a configuration file, takes several on the command line alone, where each seed gets a process of its own`,
          );
        }
        runner.check(flags);
      },
      train: (context) => timed(runner, context),
    },
  ];
}

async function timed(runner: Runner, context: ArmContext<Own>) {
  const { flags, data, options: given } = context;
  const { run = '', resume, overwrite, allowOtherBuild, signal, callbacks = [] } = given;
  const ofRun = { run, resume, overwrite, allowOtherBuild };
  const model = runner.build(context);
  const common = { ...viewsOf(flags), ...(signal && { signal }) };
  const { batchSize, dropLast } = flags;
  const perEpoch = batchCount(data.train, { batchSize, dropLast });
  const optionsFor = (epochs: number) => ({
    ...runner.options(flags, epochs, Math.max(1, Math.ceil(epochs * perEpoch - 1e-6))),
    ...common,
  });
  const epochs = await epochsOf(context, model, optionsFor);
  const clock = new Clock();
  const { record, test } = await train(model, data, {
    ...optionsFor(epochs),
    ...Object.fromEntries(Object.entries(ofRun).filter(([, value]) => value !== undefined)),
    callbacks: [clock, ...callbacks],
  });
  const seconds = await clock.taken(run, record);
  const target = targetOf(flags, test?.accuracy);
  console.log(sentence(test?.accuracy, seconds, target));
  return { model, record, measured: { seconds, ...(target && { target }) } };
}

function viewsOf({ views }: Flags): Pick<TrainOptions, 'testViews'> {
  if (views === 'one') return {};
  return { testViews: { mirror: true, ...(views === 'shift' && { shift: 1 }) } };
}

/** Those of the run that goes on, where there is one: its budget was measured when it began. */
async function epochsOf(
  { flags, data, options: { run, resume } }: ArmContext<Own>,
  model: LayersModel,
  optionsFor: (epochs: number) => TrainOptions,
): Promise<number> {
  if (flags.minutes === undefined) return flags.epochs;
  if (resume && run !== undefined && existsSync(runPaths(run).config)) {
    return Number(readRun(run).options['epochs']);
  }
  return epochsWithin(flags.minutes, model, data, optionsFor(flags.epochs));
}

function targetOf({ target }: Flags, accuracy: number | undefined): string | undefined {
  if (target === undefined || accuracy === undefined) return undefined;
  return accuracy >= target ? 'reached' : 'missed';
}

function sentence(
  accuracy: number | undefined,
  seconds: Taken,
  target: string | undefined,
): string {
  const reached = accuracy === undefined ? 'no test images' : `${(accuracy * 100).toFixed(2)} %`;
  const after =
    typeof seconds === 'number'
      ? `${seconds.toFixed(1)} s after the start of the process`
      : 'not timed, since an earlier process has made a part of the run';
  return `${reached}, ${after}${target === undefined ? '' : `: the target is ${target}`}`;
}

/** Flags that have no effect on the network of this experiment. */
function refuseForeign(flags: Flags): void {
  const { optimizer, clipNorm, accumulate, decay } = flags;
  const refuse = (flag: string, value: unknown): never => {
    const name = flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new Error(
      `--${name}: got ${String(value)} with --network speed, takes it with --network mobilenet_v2`,
    );
  };
  if (optimizer !== 'sgd') refuse('optimizer', optimizer);
  if (clipNorm !== undefined) refuse('clipNorm', clipNorm);
  if (accumulate !== 1) refuse('accumulate', accumulate);
  if (decay !== 'all') refuse('decay', decay);
  const given = flags as unknown as Readonly<Record<string, unknown>>;
  for (const key of makingKeys) {
    if (key === 'width' || key === 'batchNormMomentum' || given[key] === undefined) continue;
    refuse(key, given[key]);
  }
}
