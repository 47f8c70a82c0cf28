import { type CostedLayer, type GraphNode, inputShapes, outputShapes } from '@mnet/layers';
import type { layers, Shape } from '@tensorflow/tfjs-layers';

/** tfjs's own layers without convolutions or dense products. */
const free = new Set(
  `InputLayer Activation ReLU LeakyReLU PReLU ELU ThresholdedReLU Softmax
  Dropout SpatialDropout1D GaussianNoise GaussianDropout AlphaDropout Masking
  Flatten Reshape Permute RepeatVector Embedding BatchNormalization LayerNormalization
  Add Multiply Average Maximum Minimum Concatenate
  AveragePooling1D AveragePooling2D AveragePooling3D MaxPooling1D MaxPooling2D MaxPooling3D
  GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D
  ZeroPadding2D Cropping2D UpSampling2D Rescaling Resizing CenterCrop RandomWidth`.split(/\s+/),
);

/** tfjs's own layers that lay each kernel over every output position. */
const perOutput = new Set(['Conv1D', 'Conv2D', 'Conv3D', 'DepthwiseConv2D', 'SeparableConv2D']);

/** tfjs's own layers that lay each kernel over every input position. */
const perInput = new Set(['Conv2DTranspose', 'Conv3DTranspose']);

/**
 * Multiply-accumulates of one use of a layer for one example, or the reason why they cannot be counted.
 * One rule serves tfjs's own layers: the sizes of all kernels, times the positions at which they are applied.
 */
export function countLayerMacs(layer: layers.Layer, node: GraphNode): number | { reason: string } {
  const className = layer.getClassName();
  const [input = []] = inputShapes(node);
  const [output = []] = outputShapes(node);
  const { countMacs } = layer as Partial<CostedLayer>;
  if (countMacs) {
    const macs = countMacs.call(layer as unknown as CostedLayer, input);
    if (macs !== null) return macs;
    if (input.slice(1).includes(null)) return unknownShape(input);
    return { reason: `its countMacs gave null, as of a part without a rule; override it` };
  }
  if (free.has(className)) return 0;
  if (className === 'Dense') return product(kernels(layer), output.slice(1, -1));
  if (perOutput.has(className)) {
    return product(kernels(layer), spatial(layer, output));
  }
  if (perInput.has(className)) return product(kernels(layer), spatial(layer, input));
  return {
    reason: `no rule for ${className}; give the layer a method countMacs(inputShape) that returns a number`,
  };
}

/** Sizes of all kernels together; biases, of rank 1, are no products. */
function kernels(layer: layers.Layer): number {
  const shapes = layer.weights.map(({ shape }) => shape as number[]);
  return shapes
    .filter(({ length }) => length > 1)
    .reduce((total, shape) => total + shape.reduce((a, b) => a * b, 1), 0);
}

/** A shape without its batch and its channels. */
function spatial(layer: layers.Layer, shape: Shape): Shape {
  const { dataFormat } = layer as unknown as { dataFormat?: string };
  return dataFormat === 'channelsFirst' ? shape.slice(2) : shape.slice(1, -1);
}

function product(size: number, positions: Shape): number | { reason: string } {
  return positions.includes(null)
    ? unknownShape(positions)
    : (positions as number[]).reduce((a, b) => a * b, size);
}

function unknownShape(shape: Shape): { reason: string } {
  return {
    reason: `its shape ${JSON.stringify(shape)} has lengths that are not known; give the model's input a full shape`,
  };
}
