import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { MnetBackend } from '../backend.ts';
import { composed, type Epilogue, epilogueOf, noEpilogue } from './epilogue.ts';
import { filterGradient } from './filter-gradient.ts';
import { CACHE_BYTES, CHUNK_FLOPS, EVEN, roundUp } from './plan.ts';
import type { Kernel } from './kernel.ts';

/** A matrix to pack: `taps` blocks of `inner` rows and `columns` columns, with the floats between them. */
export interface PackSource {
  address: number;
  taps: number;
  inner: number;
  columns: number;
  tapStep: number;
  innerStep: number;
  columnStep: number;
  /** Kernel width within which taps are reversed, or 0. */
  reverse?: number;
}

/** Packs a matrix into panels and runs `use` on their address. */
export function withPacked(
  backend: MnetBackend,
  source: PackSource,
  use: (packed: number) => void,
): void {
  const { taps, inner, columns } = source;
  const { panels, width } = backend.device.packing(columns);
  const packed = backend.allocate(4 * taps * inner * width, 'a packed filter');
  const { address, reverse = 0, ...shape } = source;
  // A chunk is a panel: of small matrices one launch takes them one after the other on one thread anyway.
  backend.device.launch('packPanels', panels, { source: address, packed, ...shape, reverse });
  use(packed);
  backend.free(packed);
}

/** C[m, n] = act(A[m, k] · packed B + bias), addresses of float32 with rows `lda` and `ldc` floats apart. */
export function matmulPacked(
  backend: MnetBackend,
  {
    a,
    packed,
    c,
    m,
    n,
    k,
    lda = k,
    ldc = n,
    bias = 0,
    activation = 0,
    products = { count: 1, a: 0, packed: 0, c: 0 },
  }: {
    a: number;
    packed: number;
    c: number;
    m: number;
    n: number;
    k: number;
    lda?: number;
    ldc?: number;
    bias?: number;
    activation?: number;
    /** So many products, and the floats from one's A, packed B and C to the next's. */
    products?: { count: number; a: number; packed: number; c: number };
  },
): void {
  const { panels, panel } = backend.device.packing(n);
  const { rows, panelsPerChunk, chunks } = blocksOf(m, k, panels, panel, products.count);
  backend.device.launch('matmul', chunks, {
    a,
    packed,
    c,
    m,
    n,
    k,
    aStep: lda,
    cStep: ldc,
    rowsPerChunk: rows,
    panelsPerChunk,
    bias,
    activation,
    aProduct: products.a,
    packedProduct: products.packed,
    cProduct: products.c,
  });
}

/** Rows that tiles of all builds divide. */
const TILE_ROWS = 24;

/** The most rows of a block. */
const BLOCK_ROWS = 192;

/** How a product is cut: into blocks of rows, and of panels where there are enough of the others. */
function blocksOf(
  m: number,
  k: number,
  panels: number,
  panel: number,
  products: number,
): { rows: number; panelsPerChunk: number; chunks: number } {
  // A block of rows is read once for each panel: keep it in L2.
  const fit = Math.max(TILE_ROWS, Math.floor(CACHE_BYTES / (4 * k) / 6) * 6);
  const most = Math.min(roundUp(m, 6), fit, BLOCK_ROWS);
  const flops = 2 * most * k * panel;
  const panelsPerChunk = Math.max(
    1,
    Math.min(
      panels,
      Math.ceil(CHUNK_FLOPS / flops),
      Math.ceil((panels * Math.ceil(m / most) * products) / 16),
    ),
  );
  const columns = products * Math.ceil(panels / panelsPerChunk);
  // Of few blocks one more or less decides how long the last thread works: they are made more even in number and size.
  let blocks = Math.ceil(m / most);
  while (
    (columns * blocks) % EVEN !== 0 &&
    columns * blocks < 8 * EVEN &&
    (2 * m * k * panel * panelsPerChunk) / (blocks + 1) >= CHUNK_FLOPS / 4
  ) {
    blocks++;
  }
  // Small ones in steps of the widest builds' tile: rounded up to more, they would differ much.
  const rows = roundUp(Math.ceil(m / blocks), m / blocks < 2 * TILE_ROWS ? 8 : TILE_ROWS);
  return { rows, panelsPerChunk, chunks: columns * Math.ceil(m / rows) };
}

const batchMatMul: Kernel = ({ inputs, attrs, backend }) => {
  const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
  return multiply(backend, inputs.a as TensorInfo, inputs.b as TensorInfo, transposeA, transposeB);
};

const fusedMatMul: Kernel = (args) => {
  const { inputs, attrs, backend } = args;
  const { a, b } = inputs as Record<'a' | 'b', TensorInfo>;
  const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
  const rank = Math.max(a.shape.length, b.shape.length);
  const columns = b.shape[b.shape.length - (transposeB ? 2 : 1)] as number;
  const epilogue = transposeA ? undefined : epilogueOf(args, rank, columns);
  return epilogue
    ? multiply(backend, a, b, transposeA, transposeB, epilogue)
    : composed(args, batchMatMul);
};

/** Matrices [..., m, k] and [..., k, n], either transposed, leading axes equal or 1. */
function multiply(
  backend: MnetBackend,
  a: TensorInfo,
  b: TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
  epilogue: Epilogue = noEpilogue,
): TensorInfo | undefined {
  const rankA = a.shape.length;
  const rankB = b.shape.length;
  if (
    a.dtype !== 'float32' ||
    b.dtype !== 'float32' ||
    rankA < 2 ||
    rankB < 2 ||
    (transposeA && transposeB)
  ) {
    return undefined;
  }
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const m = transposeA ? columnsA : rowsA;
  const k = transposeA ? rowsA : columnsA;
  const n = transposeB ? rowsB : columnsB;
  const batchA = util.sizeFromShape(a.shape.slice(0, -2));
  const batchB = util.sizeFromShape(b.shape.slice(0, -2));
  const outer = broadcastOuter(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (
    !outer ||
    k !== (transposeB ? columnsB : rowsB) ||
    (batchA !== batchB && batchA !== 1 && batchB !== 1)
  ) {
    return undefined;
  }
  const batch = Math.max(batchA, batchB);
  const out = backend.output([...outer, m, n]);
  const from = backend.address(a);
  const right = backend.address(b);
  const to = backend.address(out);
  for (let i = 0; i < batch; i++) {
    const ai = from + (batchA > 1 ? 4 * i * m * k : 0);
    const bi = right + (batchB > 1 ? 4 * i * k * n : 0);
    const ci = to + 4 * i * m * n;
    if (transposeA) {
      // Aᵀ·B is the filter gradient of a 1 × 1 convolution over k images of one pixel.
      filterGradient(backend, ai, bi, ci, pointwise(k, m, n));
      continue;
    }
    const source = {
      address: bi,
      taps: 1,
      inner: k,
      columns: n,
      tapStep: 0,
      innerStep: transposeB ? 1 : n,
      columnStep: transposeB ? k : 1,
    };
    withPacked(backend, source, (packed) => {
      matmulPacked(backend, { a: ai, packed, c: ci, m, n, k, ...epilogue });
    });
  }
  return out;
}

/** A 1 × 1 convolution over `batch` images of one pixel, as the filter gradient takes it. */
function pointwise(
  batch: number,
  inChannels: number,
  outChannels: number,
): Parameters<typeof filterGradient>[4] {
  return {
    batchSize: batch,
    inHeight: 1,
    inWidth: 1,
    outHeight: 1,
    outWidth: 1,
    inChannels,
    outChannels,
    filterHeight: 1,
    filterWidth: 1,
    strideHeight: 1,
    strideWidth: 1,
    dilationHeight: 1,
    dilationWidth: 1,
    padInfo: { top: 0, left: 0 },
  };
}

/** The outer shape where one side's is all ones or both are the same. */
function broadcastOuter(a: number[], b: number[]): number[] | undefined {
  if (a.join() === b.join()) return a;
  if (util.sizeFromShape(b) === 1 && b.length <= a.length) return a;
  if (util.sizeFromShape(a) === 1 && a.length <= b.length) return b;
  return undefined;
}

export const matmulKernels: Record<string, Kernel> = {
  BatchMatMul: batchMatMul,
  _FusedMatMul: fusedMatMul,
};
