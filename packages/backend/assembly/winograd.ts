// A 3 × 3 convolution of stride 1 as products of transformed tiles (winograd-lines.ts): every tile of the image and
// the filter are transformed, at each of the kind × kind points one matrix product runs over all tiles (matmul.ts,
// and filter-gradient.ts for the gradient by the filter), and the products are transformed back.
//
// Transformed values lie by point: [point][tile][channel].
import { activate } from './activation';
import { bytes, int, ptr, startOf } from './command';
import { transposed } from './pack';
import { scratch } from './pool';
import { splat } from './simd';
import { PANEL } from './tile';
import {
  FILTER, FILTER_GRADIENT, INPUT, inputsOf, line, OUTPUT, OUTPUT_GRADIENT, outputsOf, SIX, THREE,
} from './winograd-lines';

/** Bytes of a row of vectors in the scratch memory. */
const ROW: usize = 96;
/** Where in the scratch memory a tile's values lie, and where the half transformed ones. */
const TILE: usize = 0;
const HALF: usize = 1024;

/** Along columns, then along rows; `from` has `inputs` × `inputs` vectors, `to` gets `outputs` × `outputs`. */
// @ts-ignore: decorator
@inline
function transform(
  kind: i32, what: i32, inputs: i32, outputs: i32,
  from: usize, rowStep: usize, columnStep: usize, to: usize, toRow: usize, toColumn: usize,
): void {
  const half = scratch + HALF;
  for (let j = 0; j < inputs; j++) line(kind, what, from + <usize>j * columnStep, rowStep, half + (<usize>j << 4), ROW);
  for (let i = 0; i < outputs; i++) line(kind, what, half + <usize>i * ROW, 16, to + <usize>i * toRow, toColumn);
}

/**
 * Transforms tiles of images (Bᵀ·d·B), or of an output's gradient (A·dy·Aᵀ). Command: 2 source, 3 transformed,
 * 4 kind, 5 images, 6/7 height and width, 8/9 tiles in height and width, 10 channels (a multiple of 4),
 * 11/12 padding above and left, 13 floats from a point to the next, 14 whether it is the gradient. Chunk = run of tiles.
 */
export function winogradInput(command: usize, chunk: i32): void {
  const gradient = int(command, 14) != 0;
  if (int(command, 4) == SIX) {
    if (gradient) tilesOf(command, chunk, SIX, OUTPUT_GRADIENT, outputsOf(SIX));
    else tilesOf(command, chunk, SIX, INPUT, inputsOf(SIX));
  } else if (gradient) tilesOf(command, chunk, THREE, OUTPUT_GRADIENT, outputsOf(THREE));
  else tilesOf(command, chunk, THREE, INPUT, inputsOf(THREE));
}

// @ts-ignore: decorator
@inline
function tilesOf(command: usize, chunk: i32, kind: i32, what: i32, side: i32): void {
  const images = int(command, 5);
  const height = int(command, 6);
  const width = int(command, 7);
  const high = int(command, 8);
  const wide = int(command, 9);
  const channels = int(command, 10);
  const pointStep = bytes(int(command, 13));
  const tiles = images * high * wide;
  const end = startOf(chunk + 1, int(command, 1), tiles);
  const pixel = bytes(channels);
  const row = bytes(width * channels);
  for (let t = startOf(chunk, int(command, 1), tiles); t < end; t++) {
    const image = ptr(command, 2) + <usize>(t / (high * wide)) * <usize>height * row;
    const top = ((t / wide) % high) * outputsOf(kind) - int(command, 11);
    const left = (t % wide) * outputsOf(kind) - int(command, 12);
    const inside = top >= 0 && left >= 0 && top + side <= height && left + side <= width;
    let to = ptr(command, 3) + <usize>t * pixel;
    for (let c: usize = 0; c < pixel; c += 16, to += 16) {
      // May lie before the image; what is outside is not read.
      const from = image + <usize>top * row + <usize>left * pixel + c;
      if (inside) {
        transform(kind, what, side, kind, from, row, pixel, to, <usize>kind * pointStep, pointStep);
      } else {
        for (let y = 0; y < side; y++) {
          for (let x = 0; x < side; x++) {
            const outside = <u32>(top + y) >= <u32>height || <u32>(left + x) >= <u32>width;
            const v = outside ? splat(0) : v128.load(from + <usize>y * row + <usize>x * pixel);
            v128.store(scratch + TILE + <usize>y * ROW + <usize>x * 16, v);
          }
        }
        transform(kind, what, side, kind, scratch + TILE, ROW, 16, to, <usize>kind * pointStep, pointStep);
      }
    }
  }
}

/**
 * act(Aᵀ·m·A + bias) of every tile. Command: 2 products, 3 target, 4 kind, 5 images, 6/7 target's height and width,
 * 8/9 tiles in height and width, 10 channels (a multiple of 4), 11 floats from a point to the next, 12 bias (or 0),
 * 13 activation. Chunk = run of tiles.
 */
export function winogradOutput(command: usize, chunk: i32): void {
  if (int(command, 4) == SIX) outputs(command, chunk, SIX);
  else outputs(command, chunk, THREE);
}

// @ts-ignore: decorator
@inline
function outputs(command: usize, chunk: i32, kind: i32): void {
  const images = int(command, 5);
  const height = int(command, 6);
  const width = int(command, 7);
  const high = int(command, 8);
  const wide = int(command, 9);
  const pixel = bytes(int(command, 10));
  const pointStep = bytes(int(command, 11));
  const bias = ptr(command, 12);
  const act = int(command, 13);
  const side = outputsOf(kind);
  const tiles = images * high * wide;
  const row = <usize>width * pixel;
  const end = startOf(chunk + 1, int(command, 1), tiles);
  for (let t = startOf(chunk, int(command, 1), tiles); t < end; t++) {
    const top = ((t / wide) % high) * side;
    const left = (t % wide) * side;
    const rows = min(side, height - top);
    const columns = min(side, width - left);
    const target =
      ptr(command, 3) + (<usize>(t / (high * wide)) * <usize>height + <usize>top) * row + <usize>left * pixel;
    const from = ptr(command, 2) + <usize>t * pixel;
    for (let c: usize = 0; c < pixel; c += 16) {
      transform(kind, OUTPUT, kind, side, from + c, <usize>kind * pointStep, pointStep, scratch + TILE, ROW, 16);
      const add = bias == 0 ? splat(0) : v128.load(bias + c);
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          const v = v128.load(scratch + TILE + <usize>y * ROW + <usize>x * 16);
          v128.store(target + <usize>y * row + <usize>x * pixel + c, activate(f32x4.add(v, add), act));
        }
      }
    }
  }
}

/**
 * G·g·Gᵀ of a filter, packed in panels of 8 columns for the products. Command: 2 filter, 3 packed, 4 kind, 5 inner,
 * 6 columns, 7/8/9 floats from a tap / inner / column to the next in the filter (inner and columns multiples of 4),
 * 10 whether to turn the taps round, as the gradient by the input needs it, 11 floats from a point to the next.
 * Chunk = panel.
 */
export function winogradFilter(command: usize, chunk: i32): void {
  if (int(command, 4) == SIX) filters(command, chunk, SIX);
  else filters(command, chunk, THREE);
}

// @ts-ignore: decorator
@inline
function filters(command: usize, chunk: i32, kind: i32): void {
  const inner = int(command, 5);
  const tapStep = bytes(int(command, 7));
  const innerStep = bytes(int(command, 8));
  const columnStep = bytes(int(command, 9));
  const turn = int(command, 10) != 0;
  const pointStep = bytes(int(command, 11));
  const first = chunk * PANEL;
  const columns = min(PANEL, int(command, 6) - first);
  // Four inner steps of all taps at a time: [half of the panel][inner][tap].
  const taken = scratch + TILE + 2048;
  for (let k = 0; k < inner; k += 4) {
    for (let half = 0; half < 2; half++) {
      const lacks = 4 * half >= columns;
      for (let tap = 0; tap < 9; tap++) {
        const from =
          ptr(command, 2) + <usize>(turn ? 8 - tap : tap) * tapStep + <usize>k * innerStep +
          <usize>(first + 4 * half) * columnStep;
        let to = taken + (<usize>half * 36 + <usize>tap) * 16;
        if (lacks) {
          for (let i = 0; i < 4; i++, to += 144) v128.store(to, splat(0));
        } else if (columnStep == 4) {
          for (let i = 0; i < 4; i++, to += 144) v128.store(to, v128.load(from + <usize>i * innerStep));
        } else {
          transposed(from, columnStep, to, 144);
        }
      }
    }
    for (let half = 0; half < 2; half++) {
      for (let i = 0; i < 4; i++) {
        const to = ptr(command, 3) + bytes((chunk * inner + k + i) * PANEL) + (<usize>half << 4);
        const from = taken + (<usize>half * 36 + <usize>i * 9) * 16;
        transform(kind, FILTER, 3, kind, from, 48, 16, to, <usize>kind * pointStep, pointStep);
      }
    }
  }
}

/**
 * Gᵀ·du·G: the filter's gradient. Command: 2 du [point][inner][columns], 3 gradient [tap][inner][columns], 4 kind,
 * 5 floats of a tap and of a point (a multiple of 4). Chunk = run of floats.
 */
export function winogradFilterGradient(command: usize, chunk: i32): void {
  if (int(command, 4) == SIX) gradients(command, chunk, SIX);
  else gradients(command, chunk, THREE);
}

// @ts-ignore: decorator
@inline
function gradients(command: usize, chunk: i32, kind: i32): void {
  const size = int(command, 5) / 4;
  const tap = bytes(int(command, 5));
  const end = startOf(chunk + 1, int(command, 1), size);
  for (let i = startOf(chunk, int(command, 1), size); i < end; i++) {
    const at = <usize>i << 4;
    transform(
      kind, FILTER_GRADIENT, kind, 3,
      ptr(command, 2) + at, <usize>kind * tap, tap, ptr(command, 3) + at, 3 * tap, tap,
    );
  }
}
