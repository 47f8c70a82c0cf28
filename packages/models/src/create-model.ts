import { oneOf } from '@mnet/core/check';
import { type Given, options as declare, type Resolved, resolve } from '@mnet/core/options';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Architecture } from './architecture/architecture.ts';
import { type BuildOptions, buildModel, buildOptions } from './architecture/build-model.ts';
import { setModelInfo } from './model-info.ts';
import type { AnyOptions, Network } from './networks/network.ts';
import {
  type ArchitectureOptions,
  architectureOptions,
  stridesFor,
  type TableOptions,
  tableOf,
} from './networks/table.ts';
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
 * @param name one of {@link listModels}
 * @param options the network's; the type follows from the name
 * @returns a model from float32 [batch, height, width, channels] to logits, float32 [batch, classes].
 * @throws if the name or an option is not one of the network's.
 */
export function createModel<Name extends ModelName>(
  name: Name,
  options: ModelOptions<Name> = {} as ModelOptions<Name>,
): LayersModel {
  oneOf(name, listModels(), 'name');
  return modelOf(registry[name] as Network, options, `createModel('${name}')`);
}

/** Makes any network; `where` names the options in errors. */
export function modelOf<Own extends AnyOptions>(
  network: Network<Own>,
  given: BuildOptions & TableOptions<Own>,
  where: string,
): LayersModel {
  const shaping = { ...architectureOptions.fields, ...network.options.fields };
  const declared = declare({ ...buildOptions.fields, ...shaping });
  const { inputShape } = resolve(declared, given, where) as Resolved<typeof buildOptions>;
  const noted = { ...given, strides: given.strides ?? stridesFor(inputShape) };
  const isShaping = ([key]: [string, unknown]): boolean => key in shaping;
  const entries = Object.entries(noted);
  const table = tableOf(
    network,
    Object.fromEntries(entries.filter(isShaping)) as TableOptions<Own>,
    where,
  );
  const model = buildModel(table, Object.fromEntries(entries.filter((entry) => !isShaping(entry))));
  setModelInfo(model, { network: table.name, options: noted });
  return model;
}
