import { isModel } from '@mnet/layers';
import type { layers, LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { modelInfo } from '../model-info.ts';
import { layerSettings } from './layer-settings.ts';
import {
  type MappedLayer,
  type MappedWeight,
  shapeOf,
  type WeightMap,
  weightName,
} from './mapped-weight.ts';

/**
 * The project's own format: names and layouts as they are. Where layers of nested models have the same names, those of the
 * models stand before them.
 *
 * @throws if two weights have one name all the same.
 */
export function ownMap(model: LayersModel): WeightMap {
  const weighted = model.layers.filter(hasWeights);
  const classifier = weighted.find(({ name }) => name === 'classifier') ?? weighted.at(-1);
  const body = new Set(weighted.filter((layer) => layer !== classifier).flatMap(weightsOf));
  const tensors = tensorNames(model, weighted);
  const weights = Array.from(
    tensors,
    ([variable, tensor]): MappedWeight => ({
      weight: tensor,
      tensor,
      shape: shapeOf(variable),
      layout: 'same',
      variable,
      classifier: !body.has(variable),
    }),
  );
  const repeated = repeatedLayers(weighted);
  const mapped = weighted.flatMap((layer) =>
    placesIn(layer).flatMap((place) => mappedLayer(place, repeated, layer === classifier)),
  );
  return {
    network: modelInfo(model)?.network ?? model.name,
    weights,
    counters: [],
    differences: [],
    layers: mapped,
  };
}

/** A layer that is no model, and the names of the models that it is within, each with a slash. */
interface Place {
  readonly layer: layers.Layer;
  readonly within: string;
}

function placesIn(layer: layers.Layer, within = ''): Place[] {
  if (!isModel(layer)) return [{ layer, within }];
  return layer.layers.flatMap((inner) => placesIn(inner, `${within}${layer.name}/`));
}

function hasWeights(layer: layers.Layer): boolean {
  return layer.weights.length > 0;
}

function weightsOf(layer: layers.Layer): LayerVariable[] {
  return layer.weights;
}

/** Each weight once, also one that layers share, with the name of its tensor. */
function tensorNames(
  model: LayersModel,
  weighted: readonly layers.Layer[],
): Map<LayerVariable, string> {
  const names = new Map(weighted.flatMap(weightsOf).map((each) => [each, weightName(each)]));
  const repeated = new Set(repeats(names.values()));
  for (const { layer, within } of weighted.flatMap((each) => placesIn(each))) {
    for (const weight of layer.weights) {
      const name = weightName(weight);
      if (!repeated.has(name) || names.get(weight) !== name) continue;
      const scope = name.startsWith(`${layer.name}/`) ? within : `${within}${layer.name}/`;
      names.set(weight, scope + name);
    }
  }
  const [twice] = repeats(names.values());
  if (twice !== undefined) {
    throw new TypeError(
      `model: got '${model.name}' with two weights named '${twice}', takes a name for each; give its layers names of their own`,
    );
  }
  return names;
}

function repeats(names: Iterable<string>): string[] {
  const seen = new Set<string>();
  return [...names].filter((name) => seen.size === seen.add(name).size);
}

/** The names that several layers with weights have, whose weights may have other names all the same. */
function repeatedLayers(weighted: readonly layers.Layer[]): Set<string> {
  const places = weighted.flatMap((each) => placesIn(each));
  const different = new Set(places.map(({ layer }) => layer).filter(hasWeights));
  return new Set(repeats(Array.from(different, ({ name }) => name)));
}

/** What is said of a layer; nothing of one without weights, whose name may be another in the next program. */
function mappedLayer(
  { layer, within }: Place,
  repeated: ReadonlySet<string>,
  classifier: boolean,
): MappedLayer[] {
  if (!hasWeights(layer)) return [];
  const name = repeated.has(layer.name) ? within + layer.name : layer.name;
  return [{ name, settings: layerSettings(layer), classifier }];
}
