import { oneOf } from '@mnet/core/check';
import {
  type Given,
  optional,
  options as declare,
  pick,
  type Resolved,
  resolve,
} from '@mnet/core/options';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Architecture } from './architecture/architecture.ts';
import { type BuildOptions, buildModel, buildOptions } from './architecture/build-model.ts';
import { setModelInfo } from './model-info.ts';
import type { Network } from './networks/network.ts';
import { tableOf } from './networks/table.ts';
import {
  type AnyOptions,
  type ArchitectureOptions,
  stridesFor,
  type TableOptions,
  tableOptions,
} from './networks/table-options.ts';
import { pretrainedModel } from './pretrained/pretrained-model.ts';
import { type PretrainedOptions, takesPretrained } from './pretrained/pretrained-options.ts';
import { listModels, type ModelName, registry } from './registry.ts';

/** What the network of this name takes besides {@link ArchitectureOptions}. */
export type OwnOptions<Name extends ModelName = ModelName> = Given<
  (typeof registry)[Name]['options']
>;

/** The options of {@link createModel} for the network of this name. */
export type ModelOptions<Name extends ModelName = ModelName> = BuildOptions &
  ArchitectureOptions &
  OwnOptions<Name>;

/**
 * The table of a network after its options: what {@link buildModel} builds, and a start for a table of your own.
 *
 * @throws if the name or an option is not one of the network's.
 */
export function architecture<Name extends ModelName>(
  name: Name,
  options: ArchitectureOptions & OwnOptions<Name> = {} as OwnOptions<Name>,
): Architecture {
  oneOf(name, listModels(), 'name');
  return tableOf(registry[name] as Network, options, `architecture('${name}')`);
}

/**
 * Makes a network of the registry.
 *
 * With `pretrained`, it has weights that were trained on ImageNet and are downloaded where the cache lacks them: the
 * README has the table. Then `classes` and `inputShape` are the weights' where they are left out; for another number of
 * classes the classifier is a fresh one, to be trained. Mean, deviation and size of the pictures are noted on the model
 * (`classifierInfo`). Width, strides and other options must be those of some weights.
 *
 * @param name one of {@link listModels}
 * @param options the network's; the type follows from the name
 * @returns a model from float32 [batch, height, width, channels] to logits, float32 [batch, classes]; with `pretrained`,
 *   a promise of it, and either where the type of `pretrained` leaves that open
 * @throws if the name or an option is not one of the network's; with `pretrained`, the promise is rejected, also with a
 *   WeightsError where the weights cannot be had, as in {@link loadWeights}
 */
export function createModel<Name extends ModelName>(
  name: Name,
  options?: ModelOptions<Name> & { readonly pretrained?: false },
): LayersModel;
export function createModel<Name extends ModelName>(
  name: Name,
  options: ModelOptions<Name> & { readonly pretrained: true | PretrainedOptions },
): Promise<LayersModel>;
export function createModel<Name extends ModelName>(
  name: Name,
  options: ModelOptions<Name> & { readonly pretrained?: boolean | PretrainedOptions },
): LayersModel | Promise<LayersModel>;
export function createModel(
  name: ModelName,
  options: ModelOptions & { readonly pretrained?: boolean | PretrainedOptions } = {},
): LayersModel | Promise<LayersModel> {
  const make = (): LayersModel | Promise<LayersModel> => {
    oneOf(name, listModels(), 'name');
    return modelOf(registry[name] as Network, options, `createModel('${name}')`);
  };
  // Whoever awaits a promise gets errors through it.
  return options?.pretrained ? Promise.resolve().then(make) : make();
}

/** What any network is made with, but for `pretrained`. */
type Making<Own extends AnyOptions> = BuildOptions & TableOptions<Own>;

/** Makes any network; `where` names the options in errors. Where `pretrained` is asked for, it gives a promise. */
export function modelOf<Own extends AnyOptions>(
  network: Network<Own>,
  given: Making<Own> & { readonly pretrained: true | PretrainedOptions },
  where: string,
): Promise<LayersModel>;
export function modelOf<Own extends AnyOptions>(
  network: Network<Own>,
  given: Making<Own> & { readonly pretrained?: false },
  where: string,
): LayersModel;
export function modelOf<Own extends AnyOptions>(
  network: Network<Own>,
  given: Making<Own> & { readonly pretrained?: boolean | PretrainedOptions },
  where: string,
): LayersModel | Promise<LayersModel>;
export function modelOf<Own extends AnyOptions>(
  network: Network<Own>,
  given: Making<Own> & { readonly pretrained?: boolean | PretrainedOptions },
  where: string,
): LayersModel | Promise<LayersModel> {
  const shaping = tableOptions(network.options);
  const declared = declare({
    ...buildOptions.fields,
    ...shaping.fields,
    pretrained: optional(takesPretrained),
  });
  const { inputShape, pretrained } = resolve(declared, given, where) as Resolved<
    typeof buildOptions
  > & { pretrained: ReturnType<typeof takesPretrained.check> };
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  const said: object = Object.fromEntries(entries);
  const build: BuildOptions = pick(buildOptions, said);
  const table = pick(shaping, said) as TableOptions<Own>;
  if (pretrained) return pretrainedModel(network, build, table, pretrained, where);
  const strided = { ...table, strides: table.strides ?? stridesFor(inputShape) };
  const model = buildModel(tableOf(network, strided, where), build);
  setModelInfo(model, {
    network: network.architecture.name,
    options: { ...build, ...strided },
  });
  return model;
}
