import { backend_util } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import type { Plain } from '../compare.ts';
import { epilogue, epilogueOf } from './epilogue.ts';
import { type Case, type Fuzz, mostly, plain, seeds } from './support.ts';

/** A window along one axis. */
interface Axis {
  size: number;
  kernel: number;
  stride: number;
  dilation: number;
  before: number;
  after: number;
}

interface Geometry {
  batch: number;
  y: Axis;
  x: Axis;
  channels: number;
  filters: number;
  seed: number;
  pad: 'same' | 'valid' | 'explicit' | number;
  dimRoundingMode: 'floor' | 'round' | 'ceil';
}

/** Sizes, stride, dilation and a padding under which the window fits. */
const fitting = fc
  .record({
    size: fc.integer({ min: 1, max: 9 }),
    kernel: fc.integer({ min: 1, max: 5 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    before: fc.integer({ min: 0, max: 2 }),
    after: fc.integer({ min: 0, max: 2 }),
  })
  .filter((a) => (a.kernel - 1) * a.dilation + 1 <= a.size + a.before + a.after);

/** One pixel that the window's middle meets, as a network of stride 32 ends with. */
const onePixel = fc.constantFrom(1, 3, 5).map(
  (kernel): Axis => ({
    size: 1,
    kernel,
    stride: 1,
    dilation: 1,
    before: (kernel - 1) / 2,
    after: (kernel - 1) / 2,
  }),
);

/** Anything, nothing at all and windows that do not fit too. */
const any = fc.record({
  size: fc.integer({ min: 0, max: 4 }),
  kernel: fc.integer({ min: 0, max: 6 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  before: fc.integer({ min: -1, max: 6 }),
  after: fc.integer({ min: -1, max: 6 }),
});

const count = fc.integer({ min: 1, max: 21 });
const dimRoundingMode = fc.constantFrom<Geometry['dimRoundingMode']>('floor', 'round', 'ceil');

const geometry: fc.Arbitrary<Geometry> = mostly<Geometry>(
  fc
    .record({
      batch: fc.constantFrom(1, 2, 5, 6, 7, 13),
      axes: fc.oneof(
        { weight: 9, arbitrary: fc.record({ y: fitting, x: fitting }) },
        { weight: 1, arbitrary: fc.record({ y: onePixel, x: onePixel }) },
      ),
      channels: count,
      filters: count,
      seed: seeds,
      pad: fc.constantFrom<Geometry['pad']>('same', 'valid', 'explicit', 1),
      dimRoundingMode,
    })
    .map(({ axes, ...g }): Geometry => ({ ...g, ...axes }))
    .map((g) => (g.pad === 'valid' && !(fits(g.y) && fits(g.x)) ? { ...g, pad: 'explicit' } : g)),
  fc.record({
    batch: fc.constantFrom(0, 1, 2),
    y: any,
    x: any,
    channels: fc.constantFrom(0, 1, 4),
    filters: fc.constantFrom(0, 1, 4),
    seed: seeds,
    pad: fc.constantFrom<Geometry['pad']>('same', 'valid', 'explicit', 0, 2),
    dimRoundingMode,
  }),
).map((g) =>
  // tfjs allows a dilation or a stride, not both.
  g.y.dilation + g.x.dilation > 2
    ? { ...g, y: { ...g.y, stride: 1 }, x: { ...g.x, stride: 1 } }
    : g,
);

/** Rows of many places: blocks of them, the last one over the one before, windows that reach far beyond the image. */
const wide: fc.Arbitrary<Geometry> = fc
  .record({
    batch: fc.integer({ min: 1, max: 4 }),
    y: fitting,
    x: fc.record({
      size: fc.integer({ min: 4, max: 40 }),
      kernel: fc.constantFrom(3, 5, 5),
      stride: fc.constantFrom(1, 1, 2),
      dilation: fc.constant(1),
      before: fc.integer({ min: 0, max: 6 }),
      after: fc.integer({ min: 0, max: 6 }),
    }),
    channels: fc.integer({ min: 1, max: 40 }),
    filters: fc.constant(1),
    seed: seeds,
    pad: fc.constantFrom<Geometry['pad']>('same', 'explicit'),
    dimRoundingMode,
  })
  // tfjs allows a dilation or a stride, not both.
  .map((g) =>
    g.y.dilation > 1 ? { ...g, y: { ...g.y, stride: 1 }, x: { ...g.x, stride: 1 } } : g,
  );

function fits(a: Axis): boolean {
  return (a.kernel - 1) * a.dilation + 1 <= a.size;
}

/** The cpu backend's gradients know no dilation. */
function undilated(g: Geometry): Geometry {
  return { ...g, y: { ...g.y, dilation: 1 }, x: { ...g.x, dilation: 1 } };
}

function attributes({ y, x, pad, dimRoundingMode: mode }: Geometry): Record<string, unknown> {
  const explicit = [
    [0, 0],
    [y.before, y.after],
    [x.before, x.after],
    [0, 0],
  ];
  return {
    strides: [y.stride, x.stride],
    dilations: [y.dilation, x.dilation],
    pad: pad === 'explicit' ? explicit : pad,
    dataFormat: 'NHWC',
    dimRoundingMode: mode,
  };
}

interface Shapes {
  x: number[];
  filter: number[];
  /** Of the output; of one that cannot be the nearest shape that is one. */
  dy: number[];
  channels: number;
}

function shapesOf(g: Geometry, depthwise: boolean): Shapes {
  const x = [g.batch, g.y.size, g.x.size, g.channels] as [number, number, number, number];
  const columns = depthwise ? 1 : g.filters;
  const filter = [g.y.kernel, g.x.kernel, g.channels, columns] as typeof x;
  const {
    strides,
    dilations,
    pad,
    dimRoundingMode: mode,
  } = attributes(g) as {
    strides: [number, number];
    dilations: [number, number];
    pad: 'same';
    dimRoundingMode: 'floor';
  };
  const info = backend_util.computeConv2DInfo(x, filter, strides, dilations, pad, mode, depthwise);
  const dy = info.outShape.map((n) => Math.max(0, n));
  return { x, filter, dy, channels: depthwise ? g.channels : g.filters };
}

/** The same with one value in 29 replaced by one that is not finite. */
function spoilt({ shape, values }: Plain, from: number): Plain {
  const odd = [NaN, Infinity, -Infinity];
  return {
    shape,
    values: Float32Array.from(values, (v, i) =>
      (i * 7 + from) % 29 === 0 ? (odd[i % 3] ?? v) : v,
    ),
  };
}

const asDrawn = (p: Plain): Plain => p;

function forward(
  depthwise: boolean,
  values = asDrawn as typeof spoilt,
  from = geometry,
): fc.Arbitrary<Case> {
  return from.map((g) => {
    const s = shapesOf(g, depthwise);
    const x = values(plain(s.x, g.seed), g.seed);
    return {
      inputs: { x, filter: values(plain(s.filter, g.seed + 1), g.seed + 9) },
      attrs: attributes(g),
    };
  });
}

function byInput(
  depthwise: boolean,
  values = asDrawn as typeof spoilt,
  from = geometry,
): fc.Arbitrary<Case> {
  return from.map(undilated).map((g) => {
    const s = shapesOf(g, depthwise);
    const dy = values(plain(s.dy, g.seed), g.seed + 5);
    return {
      inputs: { dy, filter: values(plain(s.filter, g.seed + 1), g.seed + 9) },
      attrs: { ...attributes(g), inputShape: s.x },
    };
  });
}

function byFilter(
  depthwise: boolean,
  values = asDrawn as typeof spoilt,
  from = geometry,
): fc.Arbitrary<Case> {
  return from.map(undilated).map((g) => {
    const s = shapesOf(g, depthwise);
    const x = values(plain(s.x, g.seed), g.seed);
    return {
      inputs: { x, dy: values(plain(s.dy, g.seed + 1), g.seed + 5) },
      attrs: { ...attributes(g), filterShape: s.filter },
    };
  });
}

function fused(depthwise: boolean, from = geometry): fc.Arbitrary<Case> {
  // Sizes that agree, so that a bias along another axis has as many values.
  const alike = from.map((g) => ({ ...g, filters: g.channels }));
  const square = fc.record({ g: fc.oneof(from, alike), e: epilogue, n: fc.nat(9) });
  return square.map(({ g: drawn, e, n }) => {
    const equal = n > 5 ? shapesOf(drawn, depthwise).dy[2] : undefined;
    const g = equal ? { ...drawn, channels: equal, filters: equal } : drawn;
    const s = shapesOf(g, depthwise);
    const more = epilogueOf(e, s.dy, g.seed + 2);
    return {
      inputs: { x: plain(s.x, g.seed), filter: plain(s.filter, g.seed + 1), ...more.inputs },
      attrs: { ...attributes(g), ...more.attrs },
    };
  });
}

/** Convolutions, usual and degenerate, by kernel. */
export const convolutions: Record<string, Fuzz> = {
  Conv2D: { cases: forward(false) },
  Conv2DBackpropInput: { cases: byInput(false) },
  // The cpu backend's kernel is slow here.
  Conv2DBackpropFilter: { cases: byFilter(false), runs: 120 },
  DepthwiseConv2dNative: { cases: forward(true) },
  DepthwiseConv2dNativeBackpropInput: { cases: byInput(true) },
  DepthwiseConv2dNativeBackpropFilter: { cases: byFilter(true) },
  FusedConv2D: { cases: fused(false), runs: 400 },
  FusedDepthwiseConv2D: { cases: fused(true), runs: 400 },
};

/** Depthwise ones of wide rows, which are computed many places at a time. */
export const wideConvolutions: Record<string, Fuzz> = {
  DepthwiseConv2dNative: { cases: forward(true, asDrawn, wide) },
  DepthwiseConv2dNativeBackpropInput: { cases: byInput(true, asDrawn, wide) },
  DepthwiseConv2dNativeBackpropFilter: { cases: byFilter(true, asDrawn, wide) },
  FusedDepthwiseConv2D: { cases: fused(true, wide), runs: 120 },
};

/** The same; what is not finite stays so, and may spread as below. */
export const spoiltWideConvolutions: Record<string, Fuzz> = {
  DepthwiseConv2dNative: { cases: forward(true, spoilt, wide), runs: 100 },
  DepthwiseConv2dNativeBackpropInput: { cases: byInput(true, spoilt, wide), runs: 100 },
  DepthwiseConv2dNativeBackpropFilter: {
    cases: byFilter(true, spoilt, wide),
    runs: 80,
    spreads: true,
  },
};

/** What is not finite stays so. It may spread where a kernel multiplies by the zeros around an image. */
export const spoiltConvolutions: Record<string, Fuzz> = {
  Conv2D: { cases: forward(false, spoilt), runs: 100 },
  Conv2DBackpropInput: { cases: byInput(false, spoilt), runs: 100 },
  Conv2DBackpropFilter: { cases: byFilter(false, spoilt), runs: 80, spreads: true },
  DepthwiseConv2dNative: { cases: forward(true, spoilt), runs: 100 },
  DepthwiseConv2dNativeBackpropInput: { cases: byInput(true, spoilt), runs: 100 },
  DepthwiseConv2dNativeBackpropFilter: { cases: byFilter(true, spoilt), runs: 80, spreads: true },
};

interface Pool {
  attrs: {
    filterSize: [number, number];
    strides: [number, number];
    pad: 'same';
    dimRoundingMode: 'floor';
  };
  x: Plain;
}

const pools: fc.Arbitrary<Pool> = geometry.map(undilated).map((g) => {
  const { strides, pad, dimRoundingMode: mode } = attributes(g) as Pool['attrs'];
  return {
    attrs: { filterSize: [g.y.kernel, g.x.kernel], strides, pad, dimRoundingMode: mode },
    x: plain(shapesOf(g, true).x, g.seed),
  };
});

/** The gradient's inputs: the picture, its pooled form, and a gradient of that shape. */
function poolGradient({ x, attrs }: Pool): Case {
  const { filterSize, strides, pad, dimRoundingMode: mode } = attrs;
  const shape = x.shape as [number, number, number, number];
  const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, mode);
  const { inHeight, inWidth, inChannels, padInfo } = info;
  const out = info.outShape.map((n) => Math.max(0, n)) as typeof shape;
  const [batch, height, width, channels] = out;
  const pooled: number[] = [];
  for (let n = 0; n < batch; n++)
    for (let oy = 0; oy < height; oy++)
      for (let ox = 0; ox < width; ox++)
        for (let c = 0; c < channels; c++) {
          let best = -Infinity;
          for (let ky = 0; ky < info.filterHeight; ky++)
            for (let kx = 0; kx < info.filterWidth; kx++) {
              const iy = oy * info.strideHeight - padInfo.top + ky;
              const ix = ox * info.strideWidth - padInfo.left + kx;
              if (iy < 0 || ix < 0 || iy >= inHeight || ix >= inWidth) continue;
              const at = ((n * inHeight + iy) * inWidth + ix) * inChannels + c;
              best = Math.max(best, x.values[at] as number);
            }
          pooled.push(best);
        }
  return {
    inputs: { dy: plain(out, 3), input: x, output: { shape: out, values: pooled } },
    attrs: { ...attrs },
  };
}

/** Pooling, by kernel. */
export const poolings: Record<string, Fuzz> = {
  MaxPool: { cases: pools.map(({ x, attrs }) => ({ inputs: { x }, attrs: { ...attrs } })) },
  MaxPoolGrad: { cases: pools.map(poolGradient) },
  AvgPool: { cases: pools.map(({ x, attrs }) => ({ inputs: { x }, attrs: { ...attrs } })) },
  AvgPoolGrad: {
    cases: pools.map((pool) => {
      const { inputs, attrs } = poolGradient(pool);
      const { dy, input } = inputs as Record<'dy' | 'input', Plain>;
      return { inputs: { dy, input }, attrs };
    }),
  },
};
