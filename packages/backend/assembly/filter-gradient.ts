// The gradient of a convolution by its filter, and Aᵀ·B: W[tap][c][n] = Σ x[place][c] · dy[place][n] over the
// places where the tap's window lies in the image.
//
// The rows of x and dy that a pass meets are first copied side by side, x in strips of 6 channels and dy in panels
// of 8 columns: in place they would lie a power of two apart and push each other out of the L1 cache. A copied row
// serves every tile of the chunk, so the copy costs a few percent.
import { bytes, int, ptr } from './command';
import { scratch } from './pool';
import { loadUpTo, madd, splat, storeUpTo } from './simd';

/** Channels of a strip of x, columns of a panel of dy: the register tile of tile.ts. */
const STRIP: i32 = 6;
const PANEL: i32 = 8;

/** Places a pass: long enough to make loading and storing the sums cheap. */
const PASS: i32 = 128;

/** out[0..rows][0..columns] (+)= Σ strip · panel over `count` copied places. */
function tile(x: usize, dy: usize, count: i32, out: usize, outStep: usize, rows: i32, columns: i32, add: bool): void {
  let c00 = splat(0), c01 = splat(0);
  let c10 = splat(0), c11 = splat(0);
  let c20 = splat(0), c21 = splat(0);
  let c30 = splat(0), c31 = splat(0);
  let c40 = splat(0), c41 = splat(0);
  let c50 = splat(0), c51 = splat(0);
  // prettier-ignore
  for (let k = count; k > 0; k--) {
    const b0 = v128.load(dy, 0), b1 = v128.load(dy, 16);
    let v = v128.load32_splat(x, 0);
    c00 = madd(v, b0, c00); c01 = madd(v, b1, c01);
    v = v128.load32_splat(x, 4); c10 = madd(v, b0, c10); c11 = madd(v, b1, c11);
    v = v128.load32_splat(x, 8); c20 = madd(v, b0, c20); c21 = madd(v, b1, c21);
    v = v128.load32_splat(x, 12); c30 = madd(v, b0, c30); c31 = madd(v, b1, c31);
    v = v128.load32_splat(x, 16); c40 = madd(v, b0, c40); c41 = madd(v, b1, c41);
    v = v128.load32_splat(x, 20); c50 = madd(v, b0, c50); c51 = madd(v, b1, c51);
    x += 24;
    dy += 32;
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

/** Copies channels of one place into the strips, `strip` bytes from a strip to the next; zeros fill the last. */
function copyStrips(from: usize, to: usize, strip: usize, channels: i32): void {
  for (; channels >= STRIP; channels -= STRIP) {
    v128.store(to, v128.load(from));
    store<u64>(to, load<u64>(from, 16), 16);
    from += 24;
    to += strip;
  }
  if (channels == 0) return;
  v128.store(to, loadUpTo(from, channels));
  store<u64>(to, 0, 16);
  if (channels == 5) store<f32>(to, load<f32>(from, 16), 16);
}

/** Copies columns of one place into the panels, `panel` bytes from a panel to the next; zeros fill the last. */
function copyPanels(from: usize, to: usize, panel: usize, columns: i32): void {
  for (; columns >= PANEL; columns -= PANEL) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    from += 32;
    to += panel;
  }
  if (columns == 0) return;
  v128.store(to, loadUpTo(from, columns));
  v128.store(to, columns > 4 ? loadUpTo(from + 16, columns - 4) : splat(0), 16);
}

/** All tiles of one pass. */
function tiles(x: usize, dy: usize, count: i32, out: usize, n: i32, channels: i32, columns: i32, add: bool): void {
  const outStep = bytes(n);
  const strip = <usize>PASS * 24;
  const panel = <usize>PASS * 32;
  for (let c = 0; c < channels; c += STRIP, x += strip) {
    let from = dy;
    let to = out + <usize>c * outStep;
    for (let j = 0; j < columns; j += PANEL, from += panel, to += 32) {
      tile(x, from, count, to, outStep, min(STRIP, channels - c), min(PANEL, columns - j), add);
    }
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
 * 23/24 floats from a tap's x and dy to the next tap's, where taps are products of their own (else 0),
 * 25 whether to add to what out holds.
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
  const into = int(command, 25) != 0;
  if (oyEnd <= oy || oxEnd <= ox || imageEnd == image) {
    if (!into) clear(out, n, c, cEnd, col, colEnd);
    return;
  }
  const places = oxEnd - ox;
  const across = <usize>(strideW * channels) << 2;
  const along = bytes(n);
  const strips = scratch;
  const panels = scratch + <usize>((cEnd - c + STRIP - 1) / STRIP) * <usize>PASS * 24;
  const strip = <usize>PASS * 24;
  const panel = <usize>PASS * 32;
  let count = 0;
  let add = into;
  const xs = ptr(command, 2) + bytes(tap * int(command, 23));
  const dys = ptr(command, 3) + bytes(tap * int(command, 24));
  for (let i = image; i < imageEnd; i++) {
    for (let y = oy; y < oyEnd; y++) {
      const row = (i * inputH + y * strideH + offsetY) * inputW + ox * strideW + offsetX;
      let x = xs + bytes(row * channels + c);
      let dy = dys + bytes(((i * outputH + y) * outputW + ox) * n + col);
      for (let k = 0; k < places; k++) {
        copyStrips(x, strips + <usize>count * 24, strip, cEnd - c);
        copyPanels(dy, panels + <usize>count * 32, panel, colEnd - col);
        x += across;
        dy += along;
        if (++count == PASS) {
          tiles(strips, panels, count, out + bytes(c * n + col), n, cEnd - c, colEnd - col, add);
          add = true;
          count = 0;
        }
      }
    }
  }
  if (count > 0) tiles(strips, panels, count, out + bytes(c * n + col), n, cEnd - c, colEnd - col, add);
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
