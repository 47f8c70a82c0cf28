import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type Geometry, windowOf, isOutput, isPadded } from './filter-gradient.ts';
import { streamChunks } from './plan.ts';
import type { Kernel } from './kernel.ts';

/** Both ways forward, which differ in what they make of a window. */
const pool =
  (command: 'maxPool' | 'averagePool'): Kernel =>
  ({ inputs, attrs, backend }) => {
    const x = inputs.x as TensorInfo;
    const g = geometry(x, attrs);
    if (!g || isCopy(g)) return undefined;
    const y = backend.output([g.batchSize, g.outHeight, g.outWidth, g.outChannels]);
    const chunks = streamChunks(4 * util.sizeFromShape(x.shape), g.batchSize * g.outHeight);
    backend.device.launch(command, chunks, {
      x: backend.address(x),
      y: backend.address(y),
      ...windowOf(g, g.inChannels, g.outChannels),
    });
    return y;
  };

const maxPoolGrad: Kernel = ({ inputs, attrs, backend }) => {
  const { dy, input, output } = inputs as Record<'dy' | 'input' | 'output', TensorInfo>;
  const g = geometry(input, attrs);
  if (!g || dy.dtype !== 'float32' || output.dtype !== 'float32') return undefined;
  if (!isOutput(dy, g) || !isOutput(output, g)) return undefined;
  const dx = backend.output(input.shape);
  const chunks = streamChunks(4 * util.sizeFromShape(input.shape), g.batchSize);
  backend.device.launch('maxPoolGrad', chunks, {
    x: backend.address(input),
    y: backend.address(output),
    dx: backend.address(dx),
    ...windowOf(g, g.inChannels, g.outChannels),
    dy: backend.address(dy),
  });
  return dx;
};

const averagePoolGrad: Kernel = ({ inputs, attrs, backend }) => {
  const { dy, input } = inputs as Record<'dy' | 'input', TensorInfo>;
  // The cpu backend does not look at how sizes are rounded here; where it matters, dy has another size.
  const g = geometry(input, { ...attrs, dimRoundingMode: undefined });
  if (!g || dy.dtype !== 'float32' || !isOutput(dy, g)) return undefined;
  const dx = backend.output(input.shape);
  const chunks = streamChunks(4 * util.sizeFromShape(input.shape), g.batchSize);
  backend.device.launch('averagePoolGrad', chunks, {
    dy: backend.address(dy),
    dx: backend.address(dx),
    ...windowOf(g, g.inChannels, g.outChannels),
  });
  return dx;
};

/** A window of one pixel that keeps the size: tfjs-core takes it for the identity, whatever stride and padding. */
function isCopy(g: Geometry): boolean {
  return (
    g.filterHeight * g.filterWidth === 1 && g.inHeight === g.outHeight && g.inWidth === g.outWidth
  );
}

function geometry(x: TensorInfo, attrs: Record<string, unknown>): Geometry | undefined {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as {
    filterSize: [number, number] | number;
    strides: [number, number] | number;
    pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  if (x.dtype !== 'float32' || x.shape.length !== 4) return undefined;
  const shape = x.shape as [number, number, number, number];
  const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  return isPadded(info) ? info : undefined;
}

export const poolingKernels: Record<string, Kernel> = {
  AvgPool: pool('averagePool'),
  AvgPoolGrad: averagePoolGrad,
  MaxPool: pool('maxPool'),
  MaxPoolGrad: maxPoolGrad,
};
