// The gradient of a convolution by its filter, and Aᵀ·B: W[tap][c][n] = Σ x[place][c] · dy[place][n] over the
// places where the tap's window lies in the image. Both matrices are read in place: the sum runs over their rows,
// so six broadcasts of x and two vectors of dy lie next to each other, and nothing is packed.
//
// The places form a nest of three loops, each with a step for x and one for dy. Where rows of the image are long
// the innermost is a row; where they are short it is the batch; a plain product comes as a batch of
// one-pixel images.
import { bytes, int, ptr } from './command';
import { loadUpTo, madd, splat, storeUpTo } from './simd';

// The nest: counts and byte steps from the innermost loop (0) outwards.
let n0: i32 = 0;
let n1: i32 = 0;
let n2: i32 = 0;
let x0: usize = 0;
let x1: usize = 0;
let x2: usize = 0;
let d0: usize = 0;
let d1: usize = 0;
let d2: usize = 0;

/** out[0..rows][0..columns] (+)= Σ x[place][0..rows] · dy[place][0..columns], rows a constant of the call. */
// @ts-ignore: decorator
@inline
function tile(rows: i32, x: usize, dy: usize, out: usize, outStep: usize, columns: i32, add: bool): void {
  let c00 = splat(0), c01 = splat(0);
  let c10 = splat(0), c11 = splat(0);
  let c20 = splat(0), c21 = splat(0);
  let c30 = splat(0), c31 = splat(0);
  let c40 = splat(0), c41 = splat(0);
  let c50 = splat(0), c51 = splat(0);
  const xStep = x0;
  const dStep = d0;
  for (let i = 0; i < n2; i++) {
    for (let j = 0; j < n1; j++) {
      let a = x + <usize>i * x2 + <usize>j * x1;
      let b = dy + <usize>i * d2 + <usize>j * d1;
      // prettier-ignore
      for (let k = n0; k > 0; k--) {
        const b0 = v128.load(b, 0), b1 = v128.load(b, 16);
        let v = v128.load32_splat(a, 0);
        c00 = madd(v, b0, c00); c01 = madd(v, b1, c01);
        if (rows > 1) { v = v128.load32_splat(a, 4); c10 = madd(v, b0, c10); c11 = madd(v, b1, c11); }
        if (rows > 2) { v = v128.load32_splat(a, 8); c20 = madd(v, b0, c20); c21 = madd(v, b1, c21); }
        if (rows > 3) { v = v128.load32_splat(a, 12); c30 = madd(v, b0, c30); c31 = madd(v, b1, c31); }
        if (rows > 4) { v = v128.load32_splat(a, 16); c40 = madd(v, b0, c40); c41 = madd(v, b1, c41); }
        if (rows > 5) { v = v128.load32_splat(a, 20); c50 = madd(v, b0, c50); c51 = madd(v, b1, c51); }
        a += xStep;
        b += dStep;
      }
    }
  }
  emit(out, columns, c00, c01, add);
  if (rows > 1) { out += outStep; emit(out, columns, c10, c11, add); }
  if (rows > 2) { out += outStep; emit(out, columns, c20, c21, add); }
  if (rows > 3) { out += outStep; emit(out, columns, c30, c31, add); }
  if (rows > 4) { out += outStep; emit(out, columns, c40, c41, add); }
  if (rows > 5) { out += outStep; emit(out, columns, c50, c51, add); }
}

function emit(out: usize, columns: i32, v0: v128, v1: v128, add: bool): void {
  if (add) v0 = f32x4.add(v0, loadUpTo(out, columns));
  storeUpTo(out, v0, columns);
  if (columns <= 4) return;
  if (add) v1 = f32x4.add(v1, loadUpTo(out + 16, columns - 4));
  storeUpTo(out + 16, v1, columns - 4);
}

function tile6(x: usize, dy: usize, out: usize, outStep: usize, columns: i32, add: bool): void {
  tile(6, x, dy, out, outStep, columns, add);
}
function tile4(x: usize, dy: usize, out: usize, outStep: usize, columns: i32, add: bool): void {
  tile(4, x, dy, out, outStep, columns, add);
}
function tile2(x: usize, dy: usize, out: usize, outStep: usize, columns: i32, add: bool): void {
  tile(2, x, dy, out, outStep, columns, add);
}
function tile1(x: usize, dy: usize, out: usize, outStep: usize, columns: i32, add: bool): void {
  tile(1, x, dy, out, outStep, columns, add);
}

/** All tiles of channels c … cEnd − 1 by columns n … nEnd − 1 of one tap. */
function tiles(x: usize, dy: usize, out: usize, n: i32, c: i32, cEnd: i32, col: i32, colEnd: i32, add: bool): void {
  const outStep = bytes(n);
  for (; c < cEnd; ) {
    const left = cEnd - c;
    const rows = left >= 6 ? 6 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
    const at = x + bytes(c);
    const row = out + <usize>c * outStep;
    for (let j = col; j < colEnd; j += 8) {
      const columns = min(8, colEnd - j);
      const from = dy + bytes(j);
      const to = row + bytes(j);
      if (rows == 6) tile6(at, from, to, outStep, columns, add);
      else if (rows == 4) tile4(at, from, to, outStep, columns, add);
      else if (rows == 2) tile2(at, from, to, outStep, columns, add);
      else tile1(at, from, to, outStep, columns, add);
    }
    c += rows;
  }
}

/** Zeros out[c][col … colEnd − 1] for a tap that never meets the image. */
function clear(out: usize, n: i32, c: i32, cEnd: i32, col: i32, colEnd: i32): void {
  for (; c < cEnd; c++) memory.fill(out + bytes(c * n + col), 0, bytes(colEnd - col));
}

/**
 * Command: 2 x, 3 dy, 4 out, 5 batch, 6/7 input height and width, 8/9 output height and width, 10 input channels,
 * 11 output channels, 12/13 kernel, 14/15 stride, 16/17 dilation, 18/19 padding above and left,
 * 20 slices of the batch (each with an output of its own), 21 channels a chunk, 22 columns a chunk,
 * 23 images a pass.
 * Chunk = slice × block of columns × block of channels × tap, the tap's number running fastest.
 */
export function filterGradient(command: usize, chunk: i32): void {
  const batch = int(command, 5);
  const inputH = int(command, 6);
  const inputW = int(command, 7);
  const outputH = int(command, 8);
  const outputW = int(command, 9);
  const channels = int(command, 10);
  const n = int(command, 11);
  const kernelH = int(command, 12);
  const kernelW = int(command, 13);
  const strideH = int(command, 14);
  const strideW = int(command, 15);
  const slices = int(command, 20);
  const channelsPerChunk = int(command, 21);
  const columnsPerChunk = int(command, 22);
  const imagesPerPass = int(command, 23);

  const taps = kernelH * kernelW;
  const channelBlocks = (channels + channelsPerChunk - 1) / channelsPerChunk;
  const columnBlocks = (n + columnsPerChunk - 1) / columnsPerChunk;
  const tap = chunk % taps;
  chunk /= taps;
  const c = (chunk % channelBlocks) * channelsPerChunk;
  const cEnd = min(channels, c + channelsPerChunk);
  chunk /= channelBlocks;
  const col = (chunk % columnBlocks) * columnsPerChunk;
  const colEnd = min(n, col + columnsPerChunk);
  const slice = chunk / columnBlocks;

  const out = ptr(command, 4) + bytes((slice * taps + tap) * channels * n);
  // Outputs oy … oyEnd − 1 by ox … oxEnd − 1 have this tap inside the image.
  const offsetY = (tap / kernelW) * int(command, 16) - int(command, 18);
  const offsetX = (tap % kernelW) * int(command, 17) - int(command, 19);
  const oy = firstInside(offsetY, strideH);
  const oyEnd = endInside(offsetY, strideH, inputH, outputH);
  const ox = firstInside(offsetX, strideW);
  const oxEnd = endInside(offsetX, strideW, inputW, outputW);
  const image = <i32>((<i64>slice * batch) / slices);
  const imageEnd = <i32>((<i64>(slice + 1) * batch) / slices);
  if (oyEnd <= oy || oxEnd <= ox || imageEnd == image) {
    clear(out, n, c, cEnd, col, colEnd);
    return;
  }
  const xImage = bytes(inputH * inputW * channels);
  const dImage = bytes(outputH * outputW * n);
  const x =
    ptr(command, 2) + bytes(((oy * strideH + offsetY) * inputW + ox * strideW + offsetX) * channels);
  const dy = ptr(command, 3) + bytes((oy * outputW + ox) * n);
  const xRow = bytes(strideH * inputW * channels);
  const dRow = bytes(outputW * n);
  const xPixel = bytes(strideW * channels);
  const dPixel = bytes(n);
  const byBatch = oxEnd - ox < 4;
  for (let i = image; i < imageEnd; i += imagesPerPass) {
    const images = min(imagesPerPass, imageEnd - i);
    if (byBatch) {
      n0 = images; x0 = xImage; d0 = dImage;
      n1 = oxEnd - ox; x1 = xPixel; d1 = dPixel;
      n2 = oyEnd - oy; x2 = xRow; d2 = dRow;
    } else {
      n0 = oxEnd - ox; x0 = xPixel; d0 = dPixel;
      n1 = oyEnd - oy; x1 = xRow; d1 = dRow;
      n2 = images; x2 = xImage; d2 = dImage;
    }
    tiles(x + <usize>i * xImage, dy + <usize>i * dImage, out, n, c, cEnd, col, colEnd, i > image);
  }
}

/** The first output whose tap at `offset` does not lie before the input. */
// @ts-ignore: decorator
@inline
export function firstInside(offset: i32, stride: i32): i32 {
  return offset >= 0 ? 0 : (-offset + stride - 1) / stride;
}

/** One past the last output whose tap at `offset` does not lie behind the input. */
// @ts-ignore: decorator
@inline
export function endInside(offset: i32, stride: i32, input: i32, output: i32): i32 {
  const room = input - 1 - offset;
  return room < 0 ? 0 : min(output, room / stride + 1);
}

/** Adds slices in their order: out = Σ parts[s]. Command: 2 parts, 3 out, 4 slices, 5 floats a slice. */
export function sumSlices(command: usize, chunk: i32): void {
  const slices = int(command, 4);
  const size = int(command, 5);
  const each = bytes(size);
  const per = ((size + 4 * int(command, 1) - 1) / (4 * int(command, 1))) * 4;
  const start = chunk * per;
  const end = min(size, start + per);
  const from = ptr(command, 2);
  const to = ptr(command, 3);
  for (let i = start; i < end; i += 4) {
    const left = end - i;
    let sum = loadUpTo(from + bytes(i), left);
    for (let s = 1; s < slices; s++) sum = f32x4.add(sum, loadUpTo(from + <usize>s * each + bytes(i), left));
    storeUpTo(to + bytes(i), sum, left);
  }
}
