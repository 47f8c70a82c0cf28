import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { MnetBackend } from '../backend.ts';
import { composed, type Epilogue, epilogueOf, noEpilogue } from './epilogue.ts';
import {
  filterGradient,
  type Geometry,
  isOutput,
  isPadded,
  isPointwise,
  windowOf,
} from './filter-gradient.ts';
import { matmulPacked, withPacked } from './matmul.ts';
import { CACHE_BYTES, CHUNK_FLOPS, roundUp } from './plan.ts';
import type { Kernel } from './kernel.ts';
import {
  forwardWindow,
  gradientWindow,
  tiling,
  winograd,
  winogradFilterGradient,
} from './winograd.ts';

/** Attributes of tfjs-core's convolution kernels. */
interface ConvolutionAttributes {
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  dataFormat: string;
  dilations?: [number, number] | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The most taps whose segments fit a thread's scratch memory. */
const MOST_TAPS = 2048;

const conv2d: Kernel = ({ inputs, attrs, backend }) => {
  const { x, filter } = inputs as Record<'x' | 'filter', TensorInfo>;
  const info = geometry(x.shape, filter.shape, attrs);
  if (!info || !float(x, filter)) return undefined;
  return forward(backend, x, filter, info);
};

const fusedConv2d: Kernel = (args) => {
  const { inputs, attrs, backend } = args;
  const { x, filter } = inputs as Record<'x' | 'filter', TensorInfo>;
  const info = geometry(x.shape, filter.shape, attrs);
  if (!info || !float(x, filter)) return undefined;
  const epilogue = epilogueOf(args, 4, info.outChannels);
  return epilogue ? forward(backend, x, filter, info, epilogue) : composed(args, conv2d);
};

const conv2dBackpropInput: Kernel = ({ inputs, attrs, backend }) => {
  const { dy, filter } = inputs as Record<'dy' | 'filter', TensorInfo>;
  const inputShape = attrs.inputShape as number[];
  const whole = geometry(inputShape, filter.shape, attrs);
  if (!whole || !float(dy, filter) || !isOutput(dy, whole)) return undefined;
  const { g, skip } = reduced(whole);
  const dx = backend.output(inputShape);
  const { inChannels, outChannels, filterHeight, filterWidth } = g;
  const source = {
    address: backend.address(filter) + 4 * skip,
    taps: filterHeight * filterWidth,
    inner: outChannels,
    columns: inChannels,
    tapStep: inChannels * outChannels,
    innerStep: 1,
    columnStep: outChannels,
    reverse: g.strideWidth === 1 && g.dilationWidth === 1 ? filterWidth : 0,
  };
  const from = backend.address(dy);
  const to = backend.address(dx);
  const window = gradientWindow(g);
  const tiles = tiling(g, window);
  if (tiles) {
    winograd(backend, window, tiles, source, from, to);
    return dx;
  }
  withPacked(backend, source, (packed) => {
    if (isPointwise(g)) {
      const m = g.batchSize * g.inHeight * g.inWidth;
      matmulPacked(backend, { a: from, packed, c: to, m, n: inChannels, k: outChannels });
    } else {
      convolve(backend, from, packed, to, g, true);
    }
  });
  return dx;
};

const conv2dBackpropFilter: Kernel = ({ inputs, attrs, backend }) => {
  const { x, dy } = inputs as Record<'x' | 'dy', TensorInfo>;
  const filterShape = attrs.filterShape as number[];
  const g = geometry(x.shape, filterShape, attrs);
  if (!g || !float(x, dy) || !isOutput(dy, g)) return undefined;
  const dw = backend.output(filterShape);
  const addresses = [backend.address(x), backend.address(dy), backend.address(dw)] as const;
  const window = forwardWindow(g);
  const tiles = tiling(g, window);
  if (tiles) winogradFilterGradient(backend, window, tiles, ...addresses);
  else filterGradient(backend, ...addresses, g);
  return dw;
};

/** The convolution's geometry; undefined for what these kernels do not take. */
function geometry(
  xShape: number[],
  filterShape: number[],
  attrs: Record<string, unknown>,
): Geometry | undefined {
  const { strides, pad, dataFormat, dilations, dimRoundingMode } =
    attrs as unknown as ConvolutionAttributes;
  const info = backend_util.computeConv2DInfo(
    xShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat((dataFormat ?? 'NHWC') as 'NHWC' | 'NCHW'),
  );
  if (info.dataFormat !== 'channelsLast' || info.filterHeight * info.filterWidth > MOST_TAPS)
    return undefined;
  // Grouped convolution: the filter has fewer channels than x.
  return isPadded(info) && filterShape[2] === xShape[3] ? info : undefined;
}

/**
 * Of an image of one pixel, as a network of stride 32 ends with, one tap meets it and the others need not be packed:
 * the same as a pointwise convolution, and the floats before that tap in the filter.
 */
function reduced(g: Geometry): { g: Geometry; skip: number } {
  const sides = [g.inHeight, g.inWidth, g.outHeight, g.outWidth];
  const y = g.padInfo.top / g.dilationHeight;
  const x = g.padInfo.left / g.dilationWidth;
  const meets =
    Number.isInteger(y) && Number.isInteger(x) && y < g.filterHeight && x < g.filterWidth;
  if (sides.some((n) => n !== 1) || !meets) return { g, skip: 0 };
  const skip = (y * g.filterWidth + x) * g.inChannels * g.outChannels;
  const one = { filterHeight: 1, filterWidth: 1, strideHeight: 1, strideWidth: 1 };
  const pointwise = { ...g, ...one, dilationHeight: 1, dilationWidth: 1 };
  return { g: { ...pointwise, padInfo: { top: 0, left: 0 } }, skip };
}

function float(...tensors: TensorInfo[]): boolean {
  return tensors.every((t) => t.dtype === 'float32');
}

function forward(
  backend: MnetBackend,
  x: TensorInfo,
  filter: TensorInfo,
  whole: Geometry,
  epilogue: Epilogue = noEpilogue,
): TensorInfo {
  const { g, skip } = reduced(whole);
  const { inChannels, outChannels, filterHeight, filterWidth } = g;
  const y = backend.output([g.batchSize, g.outHeight, g.outWidth, outChannels]);
  const source = {
    address: backend.address(filter) + 4 * skip,
    taps: filterHeight * filterWidth,
    inner: inChannels,
    columns: outChannels,
    tapStep: inChannels * outChannels,
    innerStep: outChannels,
    columnStep: 1,
  };
  const a = backend.address(x);
  const c = backend.address(y);
  const window = forwardWindow(g);
  const tiles = tiling(g, window);
  if (tiles) {
    winograd(backend, window, tiles, source, a, c, epilogue);
    return y;
  }
  withPacked(backend, source, (packed) => {
    if (isPointwise(g)) {
      const m = g.batchSize * g.inHeight * g.inWidth;
      matmulPacked(backend, { a, packed, c, m, n: outChannels, k: inChannels, ...epilogue });
    } else {
      convolve(backend, a, packed, c, g, false, epilogue);
    }
  });
  return y;
}

/** Launches the convolution or its gradient by the input (kernels/convolution.c). */
function convolve(
  backend: MnetBackend,
  source: number,
  packed: number,
  target: number,
  g: Geometry,
  gradient: boolean,
  { bias, activation }: Epilogue = noEpilogue,
): void {
  const channels = gradient ? g.outChannels : g.inChannels;
  const columns = gradient ? g.inChannels : g.outChannels;
  const sourcePixels = gradient ? g.outHeight * g.outWidth : g.inHeight * g.inWidth;
  const targetH = gradient ? g.inHeight : g.outHeight;
  const targetW = gradient ? g.inWidth : g.outWidth;
  const { panels, panel } = backend.device.packing(columns);
  // The images of a chunk are read once for each panel: keep them in L2, in whole tiles of six.
  const fit = Math.floor(CACHE_BYTES / (4 * sourcePixels * channels) / 6) * 6;
  const images = Math.min(roundUp(g.batchSize, 6), Math.max(6, Math.min(fit, 48)));
  const imageBlocks = Math.ceil(g.batchSize / images);
  const rowFlops = 2 * images * targetW * g.filterHeight * g.filterWidth * channels * panel;
  let perChunk = panels;
  while (
    perChunk > 1 &&
    imageBlocks * Math.ceil(panels / perChunk) < 16 &&
    rowFlops * targetH * perChunk > CHUNK_FLOPS
  ) {
    perChunk = Math.ceil(perChunk / 2);
  }
  let rows = targetH;
  const columnBlocks = imageBlocks * Math.ceil(panels / perChunk);
  while (
    rows > 1 &&
    columnBlocks * Math.ceil(targetH / rows) < 8 &&
    rowFlops * rows * perChunk > CHUNK_FLOPS
  ) {
    rows = Math.ceil(rows / 2);
  }
  const chunks = columnBlocks * Math.ceil(targetH / rows);
  backend.device.launch('convolution', chunks, {
    source,
    packed,
    target,
    ...windowOf(g, channels, columns),
    gradient,
    imagesPerChunk: images,
    panelsPerChunk: perChunk,
    rowsPerChunk: rows,
    bias,
    activation,
  });
}

export const convolutionKernels: Record<string, Kernel> = {
  Conv2D: conv2d,
  FusedConv2D: fusedConv2d,
  Conv2DBackpropInput: conv2dBackpropInput,
  Conv2DBackpropFilter: conv2dBackpropFilter,
};
