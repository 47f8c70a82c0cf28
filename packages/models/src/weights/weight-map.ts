import type { Activation } from '@mnet/ops';
import { checkModel, CompositeBlock, ConvolutionBlock } from '@mnet/layers';
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';
import { oneOf } from '@mnet/core/check';
import { modelInfo } from '../model-info.ts';
import type { ConvNames, DenseNames, Library, NameTable } from '../networks/name-table.ts';
import type { Network } from '../networks/network.ts';
import { listModels, type ModelName, registry } from '../registry.ts';
import { fileShape, type Layout } from './layout.ts';
import {
  type MappedWeight,
  shapeOf,
  type WeightMap,
  type WeightMapEntry,
  weightName,
} from './mapped-weight.ts';
import { ownMap } from './own-map.ts';

/**
 * How tensors are named and laid out in a file:
 * - `torchvision`: as torchvision's state_dict; for networks of the registry
 * - `timm`: as timm's state_dict; for networks of the registry
 * - `mnet`: `layer/part/weight` in TensorFlow's layout; for any model
 */
export type WeightsFormat = (typeof weightsFormats)[number];

/** The names that {@link WeightsFormat} takes. */
export const weightsFormats = ['mnet', 'torchvision', 'timm'] as const;

/**
 * Says which tensor of a file each weight of a model is, for reviewing and for tools of your own.
 * @throws if the format does not know the model's network, or two weights have one name
 */
export function weightNames(model: LayersModel, format: WeightsFormat): WeightMapEntry[] {
  return weightMap(model, format).weights.map(({ weight, tensor, shape, layout }) => ({
    weight,
    tensor,
    shape,
    layout,
  }));
}

/** Lays a model's weights beside the tensors of a file. */
export function weightMap(model: LayersModel, format: WeightsFormat): WeightMap {
  checkModel(model);
  oneOf(format, weightsFormats, 'format');
  return format === 'mnet' ? ownMap(model) : foreignMap(model, format);
}

function foreignMap(model: LayersModel, format: Library): WeightMap {
  const network = modelInfo(model)?.network;
  const namesOf = (each: string | undefined): NameTable | undefined =>
    listModels().includes(each as ModelName)
      ? (registry[each as ModelName] as Network).names[format]
      : undefined;
  const table = namesOf(network);
  if (!table) {
    const known = listModels().filter(namesOf).join(', ');
    throw new TypeError(
      `format: got '${format}' for ${network ?? `the model '${model.name}'`}, and it has names for ${known}; write format: 'mnet'`,
    );
  }
  const name = network as ModelName;
  const mapper = new Mapper(name, table);
  const places = stages(registry[name]);
  for (const layer of model.layers) {
    if (layer.weights.length > 0) mapper.layer(layer, places);
  }
  const blocks = model.layers.filter((layer) => blockNumber(layer.name) !== undefined).length;
  if (blocks !== places.length) {
    throw new TypeError(
      `format: got '${format}' for a ${name} of ${blocks} blocks, and it has names for ${places.length}; write format: 'mnet'`,
    );
  }
  return {
    network: name,
    weights: mapper.weights,
    counters: mapper.counters,
    layers: [],
    differences: differences(model, name, table, format),
  };
}

/** Each block's stage from 0 and its number within the stage from 0. */
function stages({ architecture }: Network): { stage: number; block: number }[] {
  const places: { stage: number; block: number }[] = [];
  let filters: number | undefined;
  for (const row of architecture.blocks) {
    for (let i = 0; i < (row.repeat ?? 1); i++) {
      const last = places.at(-1);
      const same = last && row.filters === filters;
      places.push(
        same
          ? { stage: last.stage, block: last.block + 1 }
          : { stage: (last?.stage ?? -1) + 1, block: 0 },
      );
      filters = row.filters;
    }
  }
  return places;
}

/** Collects a model's weights layer by layer. */
class Mapper {
  readonly weights: MappedWeight[] = [];
  readonly counters: string[] = [];
  private readonly network: ModelName;
  private readonly table: NameTable;

  constructor(network: ModelName, table: NameTable) {
    this.network = network;
    this.table = table;
  }

  layer(layer: layers.Layer, places: readonly { stage: number; block: number }[]): void {
    const { stem, head, hidden, classifier } = this.table;
    const single = { stem, head, hidden, classifier }[layer.name];
    const number = blockNumber(layer.name);
    const place = number === undefined ? undefined : places[number - 1];
    if (single) this.part(layer, '', single, '');
    else if (place) this.block(layer, number!, place);
    else this.fail(layer.name);
  }

  /** A block: finds its parts and fills the places in their names. */
  private block(layer: layers.Layer, i: number, place: { stage: number; block: number }): void {
    const paths = new Set(layer.weights.map((v) => partPath(weightName(v), layer.name)));
    const parts =
      this.table.unexpanded && !paths.has('expand') ? this.table.unexpanded : this.table.parts;
    const prefix = fill(this.table.block, { i, s: place.stage, b: place.block });
    const order = [...new Set(Array.from(paths, (path) => path.split('/')[0]!))];
    for (const path of paths) {
      const names = parts[path === '' ? '.' : path];
      if (!names) this.fail(`${layer.name}/${path}`);
      this.part(layer, path, names, `${prefix}.`, order.indexOf(path.split('/')[0]!));
    }
  }

  /** A convolution with its normalization, or a dense layer, at `path` within the layer. */
  private part(
    layer: layers.Layer,
    path: string,
    names: ConvNames | DenseNames,
    prefix: string,
    j: number = 0,
  ): void {
    const full = (name: string): string => prefix + fill(name, { j });
    const scope = path === '' ? layer.name : `${layer.name}/${path}`;
    const named = new Map(
      layer.weights
        .filter((v) => partPath(weightName(v), layer.name) === path)
        .map((v) => [weightName(v).slice(scope.length + 1), v]),
    );
    const classifier = layer.name === 'classifier';
    const put = (key: string, tensor: string, layout: Layout): void => {
      const variable = named.get(key);
      if (!variable) {
        if (key === 'gamma') {
          throw new TypeError(
            `model: ${scope} has no batch normalization; save a model before folding it, or write format: 'mnet'`,
          );
        }
        this.fail(scope);
      }
      const shape = fileShape(layout, shapeOf(variable));
      this.weights.push({
        weight: `${scope}/${key}`,
        tensor,
        shape,
        layout,
        variable,
        classifier,
        ...(key === 'gamma' && this.epsilons(layer, full((names as ConvNames).bn))),
      });
    };
    if ('conv' in names) {
      const bn = full(names.bn);
      put(
        'kernel',
        `${full(names.conv)}.weight`,
        path.endsWith('depthwise') ? 'depthwise' : 'conv',
      );
      put('gamma', `${bn}.weight`, 'same');
      put('beta', `${bn}.bias`, 'same');
      put('moving_mean', `${bn}.running_mean`, 'same');
      put('moving_variance', `${bn}.running_var`, 'same');
      this.counters.push(`${bn}.num_batches_tracked`);
    } else {
      const [module, layout] =
        'linear' in names
          ? ([names.linear, 'dense'] as const)
          : ([names.pointwise, 'pointwise'] as const);
      put('kernel', `${full(module)}.weight`, layout);
      put('bias', `${full(module)}.bias`, 'same');
    }
  }

  private epsilons(layer: layers.Layer, bn: string): Pick<MappedWeight, 'normalization'> {
    const block = layer as layers.Layer & Partial<Pick<ConvolutionBlock, 'normalization'>>;
    const fileEpsilon = this.table.epsilon;
    const modelEpsilon = block.normalization?.epsilon ?? fileEpsilon;
    return { normalization: { variance: `${bn}.running_var`, modelEpsilon, fileEpsilon } };
  }

  private fail(what: string): never {
    throw new TypeError(
      `format: no name is known for ${what} in a ${this.network}; write format: 'mnet'`,
    );
  }
}

/** Padding and activations that are not the library's. */
function differences(
  model: LayersModel,
  name: ModelName,
  table: NameTable,
  format: string,
): string[] {
  const { architecture }: Network = registry[name];
  const standard = table.activation ?? architecture.activation ?? 'relu';
  const rows = architecture.blocks.flatMap((row) =>
    Array.from({ length: row.repeat ?? 1 }, () => row.activation ?? standard),
  );
  const found = new Set<string>();
  for (const layer of model.layers) {
    if (!(layer instanceof ConvolutionBlock || layer instanceof CompositeBlock)) continue;
    const { padding } = layer.normalization;
    if (padding !== 'symmetric') {
      found.add(
        `the model pads '${padding}', ${format} 'symmetric'; make it with padding: 'symmetric'`,
      );
    }
    const number = blockNumber(layer.name);
    const wanted: Activation | undefined = number === undefined ? standard : rows[number - 1];
    if (layer.activation !== wanted) {
      found.add(
        `the model's activation is '${layer.activation}', ${format}'s '${wanted}'; ` +
          `make it with buildModel({ ...architecture('${name}'), activation: '${wanted}' })`,
      );
    }
  }
  return [...found];
}

/** 7 for 'block7'. */
function blockNumber(layer: string): number | undefined {
  const digits = /^block(\d+)$/.exec(layer)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** 'squeeze_excite/reduce' for 'block7/squeeze_excite/reduce/kernel'. */
function partPath(weight: string, layer: string): string {
  return weight
    .slice(layer.length + 1)
    .split('/')
    .slice(0, -1)
    .join('/');
}

/** Fills the places of a name: {i}, {s}, {s+1}, {b}, {j}, {j+1}. */
function fill(name: string, places: Readonly<Record<string, number>>): string {
  return name.replaceAll(/\{(\w)(\+1)?\}/g, (_, place: string, next?: string) =>
    String(places[place]! + (next ? 1 : 0)),
  );
}
