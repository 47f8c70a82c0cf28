// The gradient of a convolution by its filter, and Aᵀ·B: W[tap][c][n] = Σ x[place][c] · dy[place][n] over the
// places where the tap's window lies in the image.
//
// The rows of x and dy that a pass meets are first copied side by side, x in strips of 6 channels and dy in panels
// of 8 columns: in place many lie a power of two apart and push each other out of the L1 cache. A copied row serves
// every tile of the chunk, so the copy costs some percent; rows that are short and follow each other stay in place.
//
// With few input channels, as in a network's first layer, the taps of a row of the window are joined: they are
// consecutive in memory, and fill the strips that single taps would leave half empty.
import { bytes, int, ptr } from './command';
import { scratch } from './pool';
import { loadUpTo, madd, splat, storeUpTo } from './simd';
import { PANEL, whole } from './tile';

/** Channels of a strip of x; with the columns of a panel of dy the register tile of tile.ts. */
const STRIP: i32 = 6;

/** Places a pass: long enough to make loading and storing the sums cheap. */
const PASS: i32 = 128;

/**
 * out[0..rows][0..columns] (+)= Σ strip · panel over `count` places, `xStep` and `dyStep` bytes apart. Always reads
 * 6 channels and 8 columns.
 */
// prettier-ignore
function tile(
  x: usize, xStep: usize, dy: usize, dyStep: usize, count: i32, out: usize, outStep: usize, rows: i32, columns: i32, add: bool,
): void {
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
    x += xStep;
    dy += dyStep;
  }
  if (rows == STRIP && columns == PANEL) {
    out = put(out, outStep, c00, c01, add);
    out = put(out, outStep, c10, c11, add);
    out = put(out, outStep, c20, c21, add);
    out = put(out, outStep, c30, c31, add);
    out = put(out, outStep, c40, c41, add);
    put(out, outStep, c50, c51, add);
    return;
  }
  emit(out, columns, c00, c01, add);
  if (rows > 1) { out += outStep; emit(out, columns, c10, c11, add); }
  if (rows > 2) { out += outStep; emit(out, columns, c20, c21, add); }
  if (rows > 3) { out += outStep; emit(out, columns, c30, c31, add); }
  if (rows > 4) { out += outStep; emit(out, columns, c40, c41, add); }
  if (rows > 5) { out += outStep; emit(out, columns, c50, c51, add); }
}

/** Adds what a whole row of a tile holds, and stores it; returns where the next one goes. */
// @ts-ignore: decorator
@inline
function put(out: usize, outStep: usize, v0: v128, v1: v128, add: bool): usize {
  if (!add) return whole(out, outStep, v0, v1);
  return whole(out, outStep, f32x4.add(v0, v128.load(out)), f32x4.add(v1, v128.load(out, 16)));
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

/** All tiles of one pass, panel by panel: the strips of a chunk fit the L1 cache, its panels may not. */
// prettier-ignore
function tiles(
  x: usize, xStep: usize, strip: usize, dy: usize, dyStep: usize, panel: usize,
  count: i32, out: usize, n: i32, channels: i32, columns: i32, add: bool,
): void {
  const outStep = bytes(n);
  for (let j = 0; j < columns; j += PANEL, dy += panel, out += 32) {
    let from = x;
    let to = out;
    for (let c = 0; c < channels; c += STRIP, from += strip, to += <usize>STRIP * outStep) {
      tile(from, xStep, dy, dyStep, count, to, outStep, min(STRIP, channels - c), min(PANEL, columns - j), add);
    }
  }
}

/** Copies `width` floats to `to`, of which those before `from` + `skip` and from `from` + `end` on are zeros. */
function copyInside(from: usize, to: usize, skip: i32, end: i32, width: i32): void {
  memory.fill(to, 0, bytes(width));
  if (end > skip) memory.copy(to + bytes(skip), from + bytes(skip), bytes(end - skip));
}

/** Zeros a block for a tap that never meets the image. */
function clear(out: usize, n: i32, rows: i32, columns: i32): void {
  for (; rows > 0; rows--, out += bytes(n)) memory.fill(out, 0, bytes(columns));
}

/**
 * Command: 2 x, 3 dy, 4 out, 5 batch, 6/7 input height and width, 8/9 output height and width, 10 input channels,
 * 11 output channels, 12/13 kernel, 14/15 stride, 16/17 dilation, 18/19 padding above and left,
 * 20 slices of the batch (each with an output of its own), 21 channels a chunk, 22 columns a chunk,
 * 23/24 floats from a tap's x and dy to the next tap's, where taps are products of their own (else 0),
 * 25 whether to add to what out holds, 26 whether the taps of a row are joined (dilation 1; no blocks of channels),
 * 27/28 whether x and dy stay in place (images of one pixel).
 * Chunk = slice × block of columns × block of channels × tap, the tap's number running fastest.
 */
export function filterGradient(command: usize, chunk: i32): void {
  const batch = int(command, 5);
  const inputH = int(command, 6);
  const inputW = int(command, 7);
  const outputH = int(command, 8);
  const outputW = int(command, 9);
  const n = int(command, 11);
  const strideH = int(command, 14);
  const strideW = int(command, 15);
  const slices = int(command, 20);
  const channelsPerChunk = int(command, 21);
  const columnsPerChunk = int(command, 22);
  const into = int(command, 25) != 0;
  const joined = int(command, 26) != 0;
  const xStays = int(command, 27) != 0;
  const dyStays = int(command, 28) != 0;

  // What counts as channels and as taps.
  const pixel = int(command, 10);
  const channels = joined ? pixel * int(command, 13) : pixel;
  const tapsX = joined ? 1 : int(command, 13);
  const taps = int(command, 12) * tapsX;
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

  const out = ptr(command, 4) + bytes((slice * taps + tap) * channels * n + c * n + col);
  // Outputs oy … oyEnd − 1 by ox … oxEnd − 1 have this tap inside the image; of joined taps, all outputs of a row.
  const offsetY = (tap / tapsX) * int(command, 16) - int(command, 18);
  const offsetX = (tap % tapsX) * int(command, 17) - int(command, 19);
  const oy = firstInside(offsetY, strideH);
  const oyEnd = endInside(offsetY, strideH, inputH, outputH);
  const ox = joined ? 0 : firstInside(offsetX, strideW);
  const oxEnd = joined ? outputW : endInside(offsetX, strideW, inputW, outputW);
  const image = <i32>((<i64>slice * batch) / slices);
  const imageEnd = <i32>((<i64>(slice + 1) * batch) / slices);
  if (oyEnd <= oy || oxEnd <= ox || imageEnd == image) {
    if (!into) clear(out, n, cEnd - c, colEnd - col);
    return;
  }
  const across = bytes(strideW * pixel);
  const along = bytes(n);
  // Copied values: strips, panels, and one row of joined taps.
  const strip: usize = xStays ? 24 : <usize>PASS * 24;
  const panel: usize = dyStays ? 32 : <usize>PASS * 32;
  const panels = scratch + <usize>((cEnd - c + STRIP - 1) / STRIP) * <usize>PASS * 24;
  const window = panels + <usize>((colEnd - col + PANEL - 1) / PANEL) * <usize>PASS * 32;
  const xStep: usize = xStays ? across : 24;
  const dyStep: usize = dyStays ? along : 32;
  const xs = ptr(command, 2) + bytes(tap * int(command, 23) + c);
  const dys = ptr(command, 3) + bytes(tap * int(command, 24) + col);
  let strips = scratch;
  let gradients = panels;
  let count = 0;
  let add = into;
  for (let i = image; i < imageEnd; i++) {
    for (let y = oy; y < oyEnd; y++) {
      const row = (i * inputH + y * strideH + offsetY) * inputW;
      let left = ox * strideW + offsetX;
      let dy = dys + bytes(((i * outputH + y) * outputW + ox) * n);
      for (let k = ox; k < oxEnd; k++) {
        let x = xs + bytes((row + left) * pixel);
        if (count == 0) {
          if (xStays) strips = x;
          if (dyStays) gradients = dy;
        }
        if (!xStays) {
          if (joined && (left < 0 || left * pixel + channels > inputW * pixel)) {
            copyInside(x, window, max(0, -left) * pixel, min(channels, (inputW - left) * pixel), channels);
            x = window;
          }
          copyStrips(x, strips + <usize>count * 24, strip, cEnd - c);
        }
        if (!dyStays) copyPanels(dy, panels + <usize>count * 32, panel, colEnd - col);
        left += strideW;
        dy += along;
        if (++count == PASS) {
          tiles(strips, xStep, strip, gradients, dyStep, panel, count, out, n, cEnd - c, colEnd - col, add);
          add = true;
          count = 0;
        }
      }
    }
  }
  if (count > 0) tiles(strips, xStep, strip, gradients, dyStep, panel, count, out, n, cEnd - c, colEnd - col, add);
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
