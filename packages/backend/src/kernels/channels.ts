import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { MnetBackend } from '../backend.ts';
import { streamChunks } from './plan.ts';
import type { Kernel } from './kernel.ts';

const globalAveragePool: Kernel = ({ inputs, backend }) => {
  const x = inputs.x as TensorInfo;
  const [images, height, width, channels] = x.shape as [number, number, number, number];
  const y = backend.output([images, channels]);
  sumPixels(backend, x, backend.address(y), 1 / (height * width), 0);
  return y;
};

const globalAveragePoolGrad: Kernel = ({ inputs, attrs, backend }) => {
  const dy = inputs.dy as TensorInfo;
  const { height, width } = attrs as { height: number; width: number };
  const [images, channels] = dy.shape as [number, number];
  const dx = backend.output([images, height, width, channels]);
  spread(backend, dy, dx, 1 / (height * width), 0);
  return dx;
};

const scaleChannels: Kernel = ({ inputs, backend }) => {
  const { x, scale } = inputs as Record<'x' | 'scale', TensorInfo>;
  const y = backend.output(x.shape);
  spread(backend, scale, y, 1, backend.address(x));
  return y;
};

const scaleChannelsGrad: Kernel = ({ inputs, backend }) => {
  const { dy, x, scale } = inputs as Record<'dy' | 'x' | 'scale', TensorInfo>;
  const dx = backend.output(x.shape);
  const dscale = backend.output(scale.shape);
  spread(backend, scale, dx, 1, backend.address(dy));
  sumPixels(backend, x, backend.address(dscale), 1, backend.address(dy));
  return [dx, dscale];
};

/** out[n, c] = factor · Σ x (· y) over the pixels. */
function sumPixels(
  backend: MnetBackend,
  x: TensorInfo,
  out: number,
  factor: number,
  y: number,
): void {
  const [images, height, width, channels] = x.shape as [number, number, number, number];
  const chunks = streamChunks(4 * util.sizeFromShape(x.shape), images);
  backend.device.launch('sumPixels', chunks, {
    x: backend.address(x),
    out,
    images,
    channels,
    pixels: height * width,
    factor,
    y,
  });
}

/** out[n, p, c] = factor · value[n, c] (· x). */
function spread(
  backend: MnetBackend,
  value: TensorInfo,
  out: TensorInfo,
  factor: number,
  x: number,
): void {
  const [images, height, width, channels] = out.shape as [number, number, number, number];
  const chunks = streamChunks(4 * util.sizeFromShape(out.shape), images);
  backend.device.launch('spreadPixels', chunks, {
    value: backend.address(value),
    out: backend.address(out),
    images,
    channels,
    pixels: height * width,
    factor,
    x,
  });
}

export const channelKernels: Record<string, Kernel> = {
  GlobalAveragePool: globalAveragePool,
  GlobalAveragePoolGrad: globalAveragePoolGrad,
  ScaleChannels: scaleChannels,
  ScaleChannelsGrad: scaleChannelsGrad,
};
