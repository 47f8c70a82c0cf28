import { sha256 } from '@mnet/core/files';
import { fingerprint as datasetFingerprint } from '@mnet/data';
import { countParameters, modelMetadata } from '@mnet/layers';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { JsonObject } from '../json.ts';
import { optionsConfig, type ResolvedOptions, type TrainingData } from '../options.ts';
import type { Plan } from '../training/plan.ts';
import { environment } from '../runs/environment.ts';
import { modelTopology } from '../runs/model-topology.ts';
import type { DatasetInfo, ModelInfo, RunDescription } from '../runs/run-record.ts';

/**
 * What is known of a training before its first step. Where a run folder is written it has digests of all that decides
 * the result, so that resuming finds out what has changed; they take a moment.
 */
export async function describeRun(
  model: LayersModel,
  data: TrainingData,
  options: ResolvedOptions,
  plan: Plan,
): Promise<RunDescription> {
  const { objective, run } = options;
  const written = run !== undefined;
  const fingerprint = written ? await objective.fingerprint?.() : undefined;
  return {
    date: new Date().toISOString(),
    ...(globalThis.process?.argv ? { command: process.argv } : {}),
    model: { ...describeModel(model), ...(written ? modelTopology(model) : {}) },
    dataset: { ...describeData(data), ...(written ? { fingerprints: fingerprintsOf(data) } : {}) },
    options: {
      ...optionsConfig(options),
      ...(written && options.schedule.config === undefined
        ? { schedule: { name: 'custom', rates: ratesDigest(plan) } }
        : {}),
    },
    objective: { ...objective.config, ...(fingerprint === undefined ? {} : { fingerprint }) },
    environment: environment(),
  };
}

function describeModel(model: LayersModel): ModelInfo {
  const { trained, frozen, untrained } = countParameters(model);
  // What training itself notes on a model says nothing of how that was made.
  const { classifier: _, ...made } = modelMetadata(model) as JsonObject;
  return {
    name: model.name,
    ...(Object.keys(made).length > 0 ? { made } : {}),
    trainableParameters: trained - frozen,
    nonTrainableParameters: untrained + frozen,
  };
}

function describeData({ train, validation, test }: TrainingData): DatasetInfo {
  return {
    name: train.name,
    shape: train.shape,
    classes: train.classes,
    train: train.length,
    validation: validation?.length ?? 0,
    test: test?.length ?? 0,
  };
}

function fingerprintsOf(data: TrainingData): Record<string, string> {
  const parts = Object.entries(data).filter(([, dataset]) => dataset && dataset.length > 0);
  return Object.fromEntries(parts.map(([split, dataset]) => [split, datasetFingerprint(dataset)]));
}

/** Of a schedule that says nothing of itself, its rates tell all. */
function ratesDigest({ schedule, steps }: Plan): string {
  const rates = Float64Array.from({ length: steps }, (_, step) => schedule(step));
  return sha256([new Uint8Array(rates.buffer)]);
}
