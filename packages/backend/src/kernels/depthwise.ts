import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { MnetBackend } from '../backend.ts';
import { composed, type Epilogue, epilogueOf, noEpilogue } from './epilogue.ts';
import { type Geometry, geometryWords, isOutput, isPadded } from './filter-gradient.ts';
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
  const addresses: Addresses = [backend.address(x), backend.address(filter), backend.address(y)];
  launch(backend, 'depthwise', addresses, g, 0, epilogue);
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
  const addresses: Addresses = [backend.address(dy), backend.address(filter), backend.address(dx)];
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
    launch(backend, 'depthwise', addresses, turned, 1);
  } else if (g.dilationHeight === 1 && g.dilationWidth === 1) {
    launch(backend, 'depthwiseGather', addresses, g, 0, noEpilogue, g.inHeight);
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
  const where = geometryWords(g, g.inChannels, g.outChannels);
  backend.runtime.launch('depthwiseFilterGradient', slices, [
    backend.address(x),
    backend.address(dy),
    parts,
    ...where,
  ]);
  if (slices > 1) {
    const sum = [parts, to, slices, size];
    backend.runtime.launch('sumSlices', streamChunks(4 * slices * size, Math.ceil(size / 4)), sum);
    backend.free(parts);
  }
  return dw;
};

/** Bytes of the input and the output together. */
function streamedBytes(g: Geometry): number {
  const pixels = g.inHeight * g.inWidth + g.outHeight * g.outWidth;
  return 4 * g.batchSize * g.inChannels * pixels;
}

/** Of source, filter and target. */
type Addresses = [number, number, number];

/** Streams rows of the target. */
function launch(
  backend: MnetBackend,
  op: 'depthwise' | 'depthwiseGather',
  addresses: Addresses,
  g: Geometry,
  reversed: 0 | 1,
  { bias, activation }: Epilogue = noEpilogue,
  targetRows: number = g.outHeight,
): void {
  const words = [
    ...addresses,
    ...geometryWords(g, g.inChannels, g.outChannels),
    reversed,
    bias,
    activation,
  ];
  backend.runtime.launch(op, streamChunks(streamedBytes(g), g.batchSize * targetRows), words);
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
