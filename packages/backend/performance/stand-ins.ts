// What the wasm backend lacks to train a network, composed of what it has: the gradients of convolutions by the
// filter and of depthwise convolutions. For comparison only.
import {
  backend_util,
  depthwiseConv2d,
  engine,
  matMul,
  mul,
  pad,
  registerKernel,
  reshape,
  reverse,
  slice,
  stack,
  stridedSlice,
  sum,
  type Tensor,
  type Tensor4D,
  type TensorInfo,
  tidy,
} from '@tensorflow/tfjs-core';

type Shape4 = [number, number, number, number];

interface Attributes {
  strides: [number, number] | number;
  pad: 'same' | 'valid';
  filterShape?: Shape4;
  inputShape?: Shape4;
}

const asTensor = ({ dataId, shape, dtype }: TensorInfo): Tensor4D =>
  engine().makeTensorFromDataId(dataId, shape, dtype) as Tensor4D;

/** Runs a composition on tensors that share the inputs' values. */
function composed(run: (inputs: Record<string, Tensor4D>, attrs: Attributes) => Tensor) {
  return ({
    inputs,
    attrs,
    backend,
  }: Parameters<Parameters<typeof registerKernel>[0]['kernelFunc']>[0]): TensorInfo => {
    const storage = backend as { incRef(dataId: object): void };
    return tidy(() => {
      const tensors = Object.entries(inputs).map(([name, info]) => {
        storage.incRef((info as TensorInfo).dataId);
        return [name, asTensor(info as TensorInfo)] as const;
      });
      return run(Object.fromEntries(tensors), attrs as unknown as Attributes);
    });
  };
}

function infoOf(
  xShape: Shape4,
  filterShape: Shape4,
  { strides, pad: padding }: Attributes,
  depthwise: boolean,
) {
  return backend_util.computeConv2DInfo(
    xShape,
    filterShape,
    strides,
    1,
    padding,
    undefined,
    depthwise,
  );
}

type Info = ReturnType<typeof infoOf>;

/** x with its padding, and for each tap of the window the values that the outputs meet there. */
function taps(x: Tensor4D, info: Info): Tensor4D[] {
  const { top, bottom, left, right } = info.padInfo;
  const padded = pad(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
  const { filterHeight, filterWidth, strideHeight, strideWidth, outHeight, outWidth } = info;
  return Array.from({ length: filterHeight * filterWidth }, (_, tap) => {
    const y = Math.floor(tap / filterWidth);
    const from = tap % filterWidth;
    const end = [y + (outHeight - 1) * strideHeight + 1, from + (outWidth - 1) * strideWidth + 1];
    const [batch, , , channels] = padded.shape;
    const steps = [1, strideHeight, strideWidth, 1];
    return stridedSlice(
      padded,
      [0, y, from, 0],
      [batch, ...end, channels] as number[],
      steps,
    ) as Tensor4D;
  });
}

const filterGradient = composed(({ x, dy }, attrs) => {
  const info = infoOf(x?.shape as Shape4, attrs.filterShape as Shape4, attrs, false);
  const right = reshape(dy as Tensor4D, [-1, info.outChannels]);
  const each = taps(x as Tensor4D, info).map((t) =>
    matMul(reshape(t, [-1, info.inChannels]), right, true),
  );
  return reshape(stack(each), attrs.filterShape as Shape4);
});

const depthwiseFilterGradient = composed(({ x, dy }, attrs) => {
  const info = infoOf(x?.shape as Shape4, attrs.filterShape as Shape4, attrs, true);
  const each = taps(x as Tensor4D, info).map((t) => sum(mul(t, dy as Tensor4D), [0, 1, 2]));
  return reshape(stack(each), attrs.filterShape as Shape4);
});

/** dy with zeros between its places where the stride is above 1, convolved with the filter turned round. */
const depthwiseInputGradient = composed(({ dy, filter }, attrs) => {
  const shape = attrs.inputShape as Shape4;
  const info = infoOf(shape, filter?.shape as Shape4, attrs, true);
  const { outHeight, outWidth, strideHeight, strideWidth, filterHeight, filterWidth, padInfo } =
    info;
  const [batch, height, width, channels] = shape;
  const apart = pad(reshape(dy as Tensor4D, [batch, outHeight, 1, outWidth, channels]), [
    [0, 0],
    [0, 0],
    [0, strideHeight - 1],
    [0, 0],
    [0, 0],
  ]);
  const rows = reshape(apart, [batch, outHeight * strideHeight, outWidth, 1, channels]);
  const spread = reshape(
    pad(rows, [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, strideWidth - 1],
      [0, 0],
    ]),
    [batch, outHeight * strideHeight, outWidth * strideWidth, channels],
  );
  const top = filterHeight - 1 - padInfo.top;
  const left = filterWidth - 1 - padInfo.left;
  const below = Math.max(0, height + filterHeight - 1 - top - outHeight * strideHeight);
  const right = Math.max(0, width + filterWidth - 1 - left - outWidth * strideWidth);
  const around = pad(spread, [
    [0, 0],
    [top, below],
    [left, right],
    [0, 0],
  ]);
  const turned = reverse(filter as Tensor4D, [0, 1]);
  const full = depthwiseConv2d(around as Tensor4D, turned, 1, 'valid');
  return slice(full, [0, 0, 0, 0], [batch, height, width, channels]);
});

/** Registers the stand-ins under the name of a backend. */
export function registerStandIns(backendName: string): void {
  registerKernel({ kernelName: 'Conv2DBackpropFilter', backendName, kernelFunc: filterGradient });
  registerKernel({
    kernelName: 'DepthwiseConv2dNativeBackpropFilter',
    backendName,
    kernelFunc: depthwiseFilterGradient,
  });
  registerKernel({
    kernelName: 'DepthwiseConv2dNativeBackpropInput',
    backendName,
    kernelFunc: depthwiseInputGradient,
  });
}
