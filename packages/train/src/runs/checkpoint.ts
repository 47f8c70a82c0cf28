import { show } from '@mnet/core/check';
import type { Variable } from '@tensorflow/tfjs-core';
import type { OptimizerState } from '../optimizers/optimizer.ts';
import { nodeModules, writeWholeSync } from '@mnet/core/files';
import { CheckpointError } from './checkpoint-error.ts';
import type { EpochRecord, TestRecord } from './run-record.ts';
import { checkDigest, decodeTensors, encodeTensors, type StoredTensor } from './tensor-file.ts';

/** Sums over the steps of an epoch that is under way. */
export interface MeterState {
  readonly images: number;
  readonly loss: number;
  readonly correct: number;
  readonly terms: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** Where a training stands, but for its tensors. Random numbers need no state: seed, epoch and step decide them. */
export interface TrainingProgress {
  /** The epoch that is to be done, from 0. */
  readonly epoch: number;
  /** Steps done of it. */
  readonly step: number;
  readonly meter: MeterState;
  /** Sums over the steps since the last that were logged; absent where there are none. */
  readonly recent?: Omit<MeterState, 'seconds'>;
  readonly history: readonly EpochRecord[];
  /** A callback has ended the training: with this epoch's steps, or, where none is done, with the one before. */
  readonly stopped?: boolean;
  /** Set when nothing is left to do; the weights are then the final ones and there is no other state. */
  readonly complete?: TrainingOutcome;
}

/** How a training ended that is complete. */
export interface TrainingOutcome {
  readonly status: 'finished' | 'stopped-early';
  /** Figures of the final weights; absent where there are no test images. */
  readonly test?: TestRecord;
}

/** A whole training state, on the host. */
export interface TrainingState {
  readonly progress: TrainingProgress;
  /** Values of all weights, then of the objective's variables. */
  readonly weights: readonly Float32Array[];
  readonly optimizer?: OptimizerState;
  /** A digest of how each variable is trained: its rate, its decay, and when it is frozen. */
  readonly treatment?: string;
  readonly average?: readonly Float32Array[];
  /** Those of `lookahead`. */
  readonly slow?: readonly Float32Array[];
  /** Weights of the best epoch so far. */
  readonly best?: readonly Float32Array[];
}

/** A training state with the shapes of its weights, as it was read. */
export interface StoredTrainingState extends TrainingState {
  /** The checkpoint that it stands in, for errors. */
  readonly file: string;
  readonly shapes: readonly (readonly number[])[];
}

const FORMAT = 'mnet-checkpoint-2';

/**
 * Writes a checkpoint; one that was there before stays whole until the new one is.
 *
 * @param run the id of the run it is of
 */
export function writeCheckpoint(
  file: string,
  run: string,
  state: TrainingState,
  variables: readonly Variable[],
): void {
  const tensors = new Map<string, StoredTensor>();
  const put = (group: string, list: readonly Float32Array[] | undefined, known: boolean): void => {
    list?.forEach((values, i) => {
      const variable = known ? variables[i] : undefined;
      const name = `${group}/${i}${variable ? `/${variable.name}` : ''}`;
      tensors.set(name, { shape: variable?.shape ?? [values.length], values });
    });
  };
  put('weights', state.weights, true);
  put('average', state.average, true);
  put('slow', state.slow, true);
  put('best', state.best, true);
  const slots = state.optimizer?.slots ?? {};
  for (const [slot, list] of Object.entries(slots)) put(`optimizer.${slot}`, list, false);
  const optimizer = state.optimizer
    ? { steps: state.optimizer.steps, slots: Object.keys(slots) }
    : null;
  const metadata = {
    format: FORMAT,
    run,
    progress: JSON.stringify(state.progress),
    optimizer: JSON.stringify(optimizer),
    ...(state.treatment !== undefined && { treatment: state.treatment }),
  };
  writeWholeSync(file, encodeTensors({ tensors, metadata }));
}

/**
 * Reads a checkpoint.
 *
 * @param run the id of the run it must be of
 * @throws CheckpointError if the file cannot be read, is not whole, was altered, or is of another run or version.
 */
export function readCheckpoint(file: string, run: string): StoredTrainingState {
  const bytes = readBytes(file);
  const { tensors, metadata } = decodeTensors(bytes, file);
  if (metadata.format !== FORMAT) {
    const format = show(metadata.format);
    throw new CheckpointError(file, `its format is ${format}, this version reads '${FORMAT}'`);
  }
  checkDigest(bytes, metadata.digest, file);
  if (metadata.run !== run) {
    throw new CheckpointError(file, `it is of the run ${metadata.run}, config.json of ${run}`);
  }
  const groups = new Map<string, StoredTensor[]>();
  for (const [name, tensor] of tensors) {
    const group = name.slice(0, name.indexOf('/'));
    const list = groups.get(group);
    if (list) list.push(tensor);
    else groups.set(group, [tensor]);
  }
  const values = (group: string): Float32Array[] | undefined =>
    groups.get(group)?.map((tensor) => tensor.values);
  const stored = JSON.parse(metadata.optimizer as string) as {
    steps: number;
    slots: string[];
  } | null;
  const slots = stored?.slots.map((slot) => [slot, values(`optimizer.${slot}`) ?? []] as const);
  const average = values('average');
  const slow = values('slow');
  const best = values('best');
  return {
    file,
    progress: JSON.parse(metadata.progress as string) as TrainingProgress,
    weights: values('weights') ?? [],
    shapes: (groups.get('weights') ?? []).map((tensor) => tensor.shape),
    ...(stored
      ? { optimizer: { steps: stored.steps, slots: Object.fromEntries(slots ?? []) } }
      : {}),
    ...(metadata.treatment !== undefined && { treatment: metadata.treatment }),
    ...(average ? { average } : {}),
    ...(slow ? { slow } : {}),
    ...(best ? { best } : {}),
  };
}

function readBytes(file: string): Uint8Array {
  try {
    return nodeModules('run').fs.readFileSync(file);
  } catch (error) {
    throw new CheckpointError(file, `could not be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Throws unless a checkpoint's weights have the shapes of these variables. */
export function matchShapes(
  file: string,
  { shapes }: StoredTrainingState,
  variables: readonly Variable[],
): void {
  if (shapes.length !== variables.length) {
    throw new Error(
      `${file}: made with another model, of ${shapes.length} weights, this one has ${variables.length}`,
    );
  }
  shapes.forEach((shape, i) => {
    const variable = variables[i] as Variable;
    if (shape.join() !== variable.shape.join()) {
      throw new Error(
        `${file}: made with another model, its weight ${i} is [${shape.join(', ')}], this one's ${variable.name} is [${variable.shape.join(', ')}]`,
      );
    }
  });
}
