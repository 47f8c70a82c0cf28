import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { composed, type Epilogue, epilogueOf, noEpilogue } from './epilogue.ts';
import { type Geometry, windowOf, isOutput, isPadded } from './filter-gradient.ts';
import { streamChunks } from './plan.ts';
import type { Kernel, KernelArguments } from './kernel.ts';

const forward: Kernel = (args) => convolve(args, noEpilogue);

function convolve(
  { inputs, attrs, backend }: KernelArguments,
  epilogue: Epilogue,
): TensorInfo | undefined {
  const { x, filter } = inputs as Record<'x' | 'filter', TensorInfo>;
  const g = geometry(x.shape, filter.shape, attrs);
  if (!g || x.dtype !== 'float32' || filter.dtype !== 'float32') return undefined;
  const y = backend.output([g.batchSize, g.outHeight, g.outWidth, g.outChannels]);
  backend.device.launch('depthwise', rowChunks(g, g.outHeight), {
    source: backend.address(x),
    filter: backend.address(filter),
    target: backend.address(y),
    ...windowOf(g, g.inChannels, g.outChannels),
    reversed: false,
    ...epilogue,
  });
  return y;
}

const fused: Kernel = (args) => {
  const { x, filter } = args.inputs as Record<'x' | 'filter', TensorInfo>;
  const g = geometry(x.shape, filter.shape, args.attrs);
  const epilogue = g && epilogueOf(args, 4, g.outChannels);
  return epilogue ? convolve(args, epilogue) : composed(args, forward);
};

const backpropInput: Kernel = ({ inputs, attrs, backend }) => {
  const { dy, filter } = inputs as Record<'dy' | 'filter', TensorInfo>;
  const inputShape = attrs.inputShape as number[];
  const g = geometry(inputShape, filter.shape, attrs);
  if (!g || dy.dtype !== 'float32' || filter.dtype !== 'float32' || !isOutput(dy, g))
    return undefined;
  const dx = backend.output(inputShape);
  const [from, taps, to] = [dy, filter, dx].map((t) => backend.address(t)) as [
    number,
    number,
    number,
  ];
  if (g.strideHeight === 1 && g.strideWidth === 1) {
    // The gradient of stride 1 is a convolution of dy with the filter turned round.
    const turned = {
      ...g,
      inHeight: g.outHeight,
      inWidth: g.outWidth,
      outHeight: g.inHeight,
      outWidth: g.inWidth,
      padInfo: {
        top: (g.filterHeight - 1) * g.dilationHeight - g.padInfo.top,
        left: (g.filterWidth - 1) * g.dilationWidth - g.padInfo.left,
      },
    };
    backend.device.launch('depthwise', rowChunks(turned, turned.outHeight), {
      source: from,
      filter: taps,
      target: to,
      ...windowOf(turned, g.inChannels, g.outChannels),
      reversed: true,
      ...noEpilogue,
    });
  } else if (g.dilationHeight === 1 && g.dilationWidth === 1) {
    backend.device.launch('depthwiseGather', rowChunks(g, g.inHeight), {
      dy: from,
      filter: taps,
      dx: to,
      ...windowOf(g, g.inChannels, g.outChannels),
    });
  } else return undefined;
  return dx;
};

const backpropFilter: Kernel = ({ inputs, attrs, backend }) => {
  const { x, dy } = inputs as Record<'x' | 'dy', TensorInfo>;
  const filterShape = attrs.filterShape as number[];
  const g = geometry(x.shape, filterShape, attrs);
  if (!g || x.dtype !== 'float32' || dy.dtype !== 'float32' || !isOutput(dy, g)) return undefined;
  const dw = backend.output(filterShape);
  const size = util.sizeFromShape(filterShape);
  // A slice of the batch streams x and dy once, and leaves a gradient of its own.
  const slices = Math.min(16, streamChunks(streamedBytes(g), g.batchSize));
  const to = backend.address(dw);
  const parts =
    slices > 1 ? backend.allocate(4 * slices * size, 'the partial sums of a filter gradient') : to;
  backend.device.launch('depthwiseFilterGradient', slices, {
    x: backend.address(x),
    dy: backend.address(dy),
    out: parts,
    ...windowOf(g, g.inChannels, g.outChannels),
  });
  if (slices > 1) {
    const sum = { parts, out: to, slices, size };
    backend.device.launch('sumSlices', streamChunks(4 * slices * size, Math.ceil(size / 4)), sum);
    backend.free(parts);
  }
  return dw;
};

/** Bytes of the input and the output together. */
function streamedBytes(g: Geometry): number {
  const pixels = g.inHeight * g.inWidth + g.outHeight * g.outWidth;
  return 4 * g.batchSize * g.inChannels * pixels;
}

/** Chunks of the rows of a target, which stream the input and the output once. */
function rowChunks(g: Geometry, rows: number): number {
  return streamChunks(streamedBytes(g), g.batchSize * rows);
}

/** The geometry; undefined for what these kernels do not take (a channel multiplier, NCHW, a negative padding). */
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
  return isPadded(info) && filterShape[3] === 1 && filterShape[2] === xShape[3] ? info : undefined;
}

export const depthwiseKernels: Record<string, Kernel> = {
  DepthwiseConv2dNative: forward,
  FusedDepthwiseConv2D: fused,
  DepthwiseConv2dNativeBackpropInput: backpropInput,
  DepthwiseConv2dNativeBackpropFilter: backpropFilter,
};
