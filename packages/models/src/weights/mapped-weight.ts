import type { LayerVariable } from '@tensorflow/tfjs-layers';
import type { LayerSettings } from './layer-settings.ts';
import type { Layout } from './layout.ts';

/** One weight of a model and its tensor in a file. */
export interface WeightMapEntry {
  /** `layer/part/weight`. */
  readonly weight: string;
  /** The tensor's name in the file. */
  readonly tensor: string;
  /** The tensor's shape in the file. */
  readonly shape: readonly number[];
  /** How the tensor lies in the file. */
  readonly layout: Layout;
}

/** {@link WeightMapEntry} with what reading and writing need. */
export interface MappedWeight extends WeightMapEntry {
  readonly variable: LayerVariable;
  /** Whether it belongs to the classifier. */
  readonly classifier: boolean;
  /** For the gamma of a batch normalization: its variance's tensor and the two epsilons. */
  readonly normalization?: {
    readonly variance: string;
    readonly modelEpsilon: number;
    readonly fileEpsilon: number;
  };
}

/** A layer with weights, by its name; where other layers have that too, those of the models that it is within stand before it. */
export interface MappedLayer {
  readonly name: string;
  readonly settings: LayerSettings;
  /** Whether it belongs to the classifier. */
  readonly classifier: boolean;
}

/** All weights of a model as a file of some format has them. */
export interface WeightMap {
  /** The network's name, for messages. */
  readonly network: string;
  readonly weights: readonly MappedWeight[];
  /** Integer scalars that PyTorch keeps beside each batch normalization; optional in a file. */
  readonly counters: readonly string[];
  /** Where the model computes something else than the library's network with the same weights. */
  readonly differences: readonly string[];
  /** What the layers do with their weights, where a file of the format says it. */
  readonly layers: readonly MappedLayer[];
}

/** The name that a weight was given; tfjs adds a number to make `name` unique in the process. */
export function weightName(variable: LayerVariable): string {
  return variable.originalName;
}

export function shapeOf(variable: LayerVariable): number[] {
  return variable.shape.map(Number);
}
