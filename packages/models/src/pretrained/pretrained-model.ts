import { setClassifierInfo } from '@mnet/layers';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { buildModel, type BuildOptions } from '../architecture/build-model.ts';
import { setModelInfo } from '../model-info.ts';
import type { NameTable } from '../networks/name-table.ts';
import type { Network } from '../networks/network.ts';
import { tableOf } from '../networks/table.ts';
import type { AnyOptions, TableOptions } from '../networks/table-options.ts';
import { loadWeights } from '../weights/load-weights.ts';
import { chooseWeights } from './choose-weights.ts';
import type { ResolvedPretrained } from './pretrained-options.ts';

/**
 * Makes a network with trained weights. It is the library's network in all that they leave open: activation, epsilon,
 * padding. What was left out of `build` is the weights': their classes and size of pictures.
 *
 * @param build how it is built, without what was left out
 * @param given the options of its table, without what was left out
 * @param where names the options in errors
 * @throws if there are no weights for these options, and as `loadWeights` does; no tensors are left then
 */
export async function pretrainedModel<Own extends AnyOptions>(
  network: Network<Own>,
  build: BuildOptions,
  given: TableOptions<Own>,
  { source: wanted, ...download }: ResolvedPretrained,
  where: string,
): Promise<LayersModel> {
  const { source, weights, shaping } = chooseWeights(network, given, wanted, where);
  const { classes = weights.classes, inputShape = weights.inputShape, padding } = build;
  const [channels] = weights.inputShape.slice(2);
  if (padding === 'same') {
    throw new TypeError(`padding: got 'same', takes 'symmetric' with the weights '${source}'`);
  }
  if (inputShape[2] !== channels) {
    throw new TypeError(
      `inputShape: got [${inputShape.join(', ')}], takes [height, width, ${channels}] with the weights '${source}'`,
    );
  }
  const { activation, epsilon } = network.names[weights.library] as NameTable;
  const table = tableOf(network, shaping, where);
  const model = buildModel(
    { ...table, ...(activation && { activation }) },
    { ...build, classes, inputShape, batchNorm: { epsilon, ...build.batchNorm } },
  );
  setModelInfo(model, {
    network: table.name,
    options: { ...build, ...shaping, classes, inputShape, pretrained: { source } },
  });
  const { repo, revision, sha256, library, mean, std } = weights;
  const options = Object.entries({ ...download, sha256 }).filter(
    ([, value]) => value !== undefined,
  );
  try {
    await loadWeights(
      model,
      { repo, ...(revision !== undefined && { revision }) },
      {
        ...Object.fromEntries(options),
        format: library,
        resetClassifier: classes !== weights.classes,
      },
    );
  } catch (error) {
    model.dispose();
    throw error;
  }
  const shape = inputShape as unknown as readonly [number, number, number];
  setClassifierInfo(model, { shape, mean, std });
  return model;
}
