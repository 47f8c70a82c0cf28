/**
 * How a weight lies here (TensorFlow's order) and in a PyTorch file. `toModel` lists, for each axis of the
 * model's tensor, the file's axis that it is.
 */
const layouts = {
  /** The same on both sides: vectors, and all tensors of the `mnet` format. */
  same: undefined,
  /** Convolution: [out, in, height, width] in the file, [height, width, in, out] in the model. */
  conv: [2, 3, 1, 0],
  /** Depthwise convolution: [channels, 1, height, width] in the file, [height, width, channels, 1] in the model. */
  depthwise: [2, 3, 0, 1],
  /** Dense layer: [out, in] in the file, [in, out] in the model. */
  dense: [1, 0],
  /** Dense layer that the file has as a 1×1 convolution, [out, in, 1, 1]; [in, out] in the model. */
  pointwise: [1, 0],
} as const satisfies Readonly<Record<Layout, readonly number[] | undefined>>;

/** How a weight lies in a file, compared with the model. */
export type Layout = 'same' | 'conv' | 'depthwise' | 'dense' | 'pointwise';

/** The shape that a weight of the model has in the file. */
export function fileShape(layout: Layout, modelShape: readonly number[]): number[] {
  const toModel: readonly number[] | undefined = layouts[layout];
  if (!toModel) return [...modelShape];
  const shape = modelShape.map((_, axis) => modelShape[toModel.indexOf(axis)]!);
  return layout === 'pointwise' ? [...shape, 1, 1] : shape;
}

/** Values in the file's order, brought into the model's. */
export function toModelOrder(
  values: Float32Array,
  layout: Layout,
  modelShape: readonly number[],
): Float32Array {
  const toModel: readonly number[] | undefined = layouts[layout];
  if (!toModel) return values;
  const shape = modelShape.map((_, axis) => modelShape[toModel.indexOf(axis)]!);
  return permute(values, shape, toModel);
}

/** Values in the model's order, brought into the file's. */
export function toFileOrder(
  values: Float32Array,
  layout: Layout,
  modelShape: readonly number[],
): Float32Array {
  const toModel: readonly number[] | undefined = layouts[layout];
  if (!toModel) return values;
  const toFile = modelShape.map((_, axis) => toModel.indexOf(axis));
  return permute(values, modelShape, toFile);
}

/** A row-major array of this shape with its axes reordered: axis i of the result is `axes[i]` of the input. */
function permute(
  values: Float32Array,
  shape: readonly number[],
  axes: readonly number[],
): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const result = new Float32Array(values.length);
  let to = 0;
  const copy = (depth: number, from: number): void => {
    const length = shape[axes[depth]!]!;
    const step = strides[axes[depth]!]!;
    if (depth === axes.length - 1) {
      for (let i = 0; i < length; i++) result[to++] = values[from + i * step]!;
    } else {
      for (let i = 0; i < length; i++) copy(depth + 1, from + i * step);
    }
  };
  copy(0, 0);
  return result;
}
