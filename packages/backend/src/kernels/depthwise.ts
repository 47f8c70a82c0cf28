import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type Geometry, geometryWords, isOutput } from './filter-gradient.ts';
import { CHUNK_FLOPS, streamChunks } from './plan.ts';
import type { Kernel } from './register.ts';

const forward: Kernel = ({ inputs, attrs, backend }) => {
  const { x, filter } = inputs as Record<'x' | 'filter', TensorInfo>;
  const g = geometry(x.shape, filter.shape, attrs);
  if (!g || x.dtype !== 'float32' || filter.dtype !== 'float32') return undefined;
  const y = backend.output([g.batchSize, g.outHeight, g.outWidth, g.outChannels]);
  launch(
    backend,
    'depthwise',
    backend.address(x),
    backend.address(filter),
    backend.address(y),
    g,
    0,
  );
  return y;
};

const backpropInput: Kernel = ({ inputs, attrs, backend }) => {
  const { dy, filter } = inputs as Record<'dy' | 'filter', TensorInfo>;
  const inputShape = attrs.inputShape as number[];
  const g = geometry(inputShape, filter.shape, attrs);
  if (!g || dy.dtype !== 'float32' || filter.dtype !== 'float32' || !isOutput(dy, g))
    return undefined;
  const dx = backend.output(inputShape);
  launch(
    backend,
    'depthwise',
    backend.address(dy),
    backend.address(filter),
    backend.address(dx),
    g,
    1,
  );
  return dx;
};

const backpropFilter: Kernel = ({ inputs, attrs, backend }) => {
  const { x, dy } = inputs as Record<'x' | 'dy', TensorInfo>;
  const filterShape = attrs.filterShape as number[];
  const g = geometry(x.shape, filterShape, attrs);
  if (!g || x.dtype !== 'float32' || dy.dtype !== 'float32' || !isOutput(dy, g))
    return undefined;
  const dw = backend.output(filterShape);
  const size = util.sizeFromShape(filterShape);
  const blocks = Math.ceil(g.inChannels / 16);
  const flops = (2 * g.batchSize * g.outHeight * g.outWidth * size) / blocks;
  const slices = Math.max(
    1,
    Math.min(g.batchSize, 16, Math.ceil(32 / blocks), Math.ceil((blocks * flops) / CHUNK_FLOPS)),
  );
  const to = backend.address(dw);
  const parts =
    slices > 1 ? backend.allocate(4 * slices * size, 'the partial sums of a filter gradient') : to;
  const where = geometryWords(g, g.inChannels, g.outChannels);
  backend.runtime.launch('depthwiseFilterGradient', slices * blocks, [
    backend.address(x),
    backend.address(dy),
    parts,
    ...where,
    slices,
  ]);
  if (slices > 1) {
    backend.runtime.launch('sumSlices', 1, [parts, to, slices, size]);
    backend.free(parts);
  }
  return dw;
};

function launch(
  backend: Parameters<Kernel>[0]['backend'],
  op: 'depthwise',
  source: number,
  filter: number,
  target: number,
  g: Geometry,
  gradient: 0 | 1,
): void {
  const rows = g.batchSize * (gradient ? g.inHeight : g.outHeight);
  const bytes =
    4 * g.batchSize * g.inChannels * (g.inHeight * g.inWidth + g.outHeight * g.outWidth);
  const words = [
    source,
    filter,
    target,
    ...geometryWords(g, g.inChannels, g.outChannels),
    gradient,
  ];
  backend.runtime.launch(op, streamChunks(bytes, rows), words);
}

/** The geometry; undefined for what these kernels do not take (a channel multiplier, NCHW, nothing to do). */
function geometry(
  xShape: number[],
  filterShape: number[],
  attrs: Record<string, unknown>,
): Geometry | undefined {
  const { strides, pad, dilations, dimRoundingMode } = attrs as {
    strides: [number, number] | number;
    pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
    dilations?: [number, number] | number;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  const info = backend_util.computeConv2DInfo(
    xShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    true,
  );
  const empty = util.sizeFromShape(info.inShape) * util.sizeFromShape(info.outShape) === 0;
  return empty || filterShape[3] !== 1 || filterShape[2] !== xShape[3] ? undefined : info;
}

export const depthwiseKernels: Record<string, Kernel> = {
  DepthwiseConv2dNative: forward,
  DepthwiseConv2dNativeBackpropInput: backpropInput,
  DepthwiseConv2dNativeBackpropFilter: backpropFilter,
};
