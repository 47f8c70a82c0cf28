// Depthwise convolution, NHWC, channel multiplier 1: forward and gradient by the input.
//
// Channels lie side by side, so four lanes are four channels and every tap is one multiply-add on consecutive
// loads. Only taps inside the image are visited.
import { activate } from './activation';
import { bytes, int, ptr, startOf } from './command';
import { loadUpTo, madd, splat, storeUpTo } from './simd';

/**
 * Command: 2 source, 3 filter [kh, kw, C], 4 target, 5 batch, 6/7 source height and width, 8/9 target height and
 * width, 10 channels, 12/13 kernel, 14/15 stride, 16/17 dilation, 18/19 padding above and left,
 * 20 reversed (taps from the last to the first: the gradient of a convolution of stride 1 by its input),
 * 21 bias (or 0), 22 activation. Chunk = a run of rows of the target, over all images.
 */
export function depthwise(command: usize, chunk: i32): void {
  const targetH = int(command, 8);
  const rows = int(command, 5) * targetH;
  const end = startOf(chunk + 1, int(command, 1), rows);
  for (let row = startOf(chunk, int(command, 1), rows); row < end; row++) {
    forwardRow(command, row / targetH, row % targetH);
  }
}

function forwardRow(command: usize, image: i32, oy: i32): void {
  const inputH = int(command, 6);
  const inputW = int(command, 7);
  const outputW = int(command, 9);
  const channels = int(command, 10);
  const kernelH = int(command, 12);
  const kernelW = int(command, 13);
  const strideW = int(command, 15);
  const dilationH = int(command, 16);
  const padLeft = int(command, 19);
  const pixel = bytes(channels);
  // The first tap, and the way from a tap to the next: backwards (by wrapping round) when reversed.
  const reversed = int(command, 20) != 0;
  const filter = ptr(command, 3) + (reversed ? <usize>(kernelH * kernelW - 1) * pixel : 0);
  const tapStep: usize = reversed ? <usize>0 - pixel : <usize>pixel;
  const top = oy * int(command, 14) - int(command, 18);
  const source = ptr(command, 2) + <usize>(image * inputH * inputW) * pixel;
  const to = ptr(command, 4) + <usize>((image * int(command, 8) + oy) * outputW) * pixel;
  // Rows ky … kyEnd − 1 of the window lie in the image.
  let ky0 = 0;
  while (ky0 < kernelH && top + ky0 * dilationH < 0) ky0++;
  let ky1 = kernelH;
  while (ky1 > ky0 && top + (ky1 - 1) * dilationH >= inputH) ky1--;
  let ox = 0;
  if (kernelH == 3 && kernelW == 3 && strideW == 1 && int(command, 17) == 1 && padLeft <= 1 && ky1 - ky0 == 3) {
    // The inner places of a row whose window is whole, one pass for every four channels.
    const first = padLeft;
    const last = min(outputW, inputW - 2 + padLeft);
    if (last > first) {
      const from = source + <usize>(top * inputW) * pixel;
      const rowStep = <usize>(inputW * dilationH) * pixel;
      slide(from, rowStep, filter, tapStep, to, pixel, channels, first, last - first, ptr(command, 21), int(command, 22));
      for (; ox < first; ox++) place(command, source, filter, tapStep, to + <usize>ox * pixel, top, ox, ky0, ky1);
      ox = last;
    }
  }
  for (; ox < outputW; ox++) place(command, source, filter, tapStep, to + <usize>ox * pixel, top, ox, ky0, ky1);
}

/**
 * 3 × 3, stride 1, `count` places from `first`: each column of the input is loaded once and added to the three
 * outputs that it touches, whose sums move along in registers. 9 weights, 3 sums and the column fill the 15
 * vector registers.
 */
function slide(
  source: usize, rowStep: usize, filter: usize, tap: usize, to: usize, pixel: usize, channels: i32, first: i32, count: i32,
  bias: usize, act: i32,
): void {
  for (let c = 0; c < channels; c += 4) {
    const left = channels - c;
    const f = filter + bytes(c);
    const w00 = loadUpTo(f, left), w01 = loadUpTo(f + tap, left), w02 = loadUpTo(f + 2 * tap, left);
    const w10 = loadUpTo(f + 3 * tap, left), w11 = loadUpTo(f + 4 * tap, left), w12 = loadUpTo(f + 5 * tap, left);
    const w20 = loadUpTo(f + 6 * tap, left), w21 = loadUpTo(f + 7 * tap, left), w22 = loadUpTo(f + 8 * tap, left);
    const base = bias == 0 ? splat(0) : loadUpTo(bias + bytes(c), left);
    let r0 = source + bytes(c);
    let r1 = r0 + rowStep;
    let r2 = r1 + rowStep;
    let out = to + <usize>first * pixel + bytes(c);
    if (left < 4) {
      for (let i = 0; i < count; i++) {
        let s = base;
        s = madd(w00, loadUpTo(r0, left), s);
        s = madd(w01, loadUpTo(r0 + pixel, left), s);
        s = madd(w02, loadUpTo(r0 + 2 * pixel, left), s);
        s = madd(w10, loadUpTo(r1, left), s);
        s = madd(w11, loadUpTo(r1 + pixel, left), s);
        s = madd(w12, loadUpTo(r1 + 2 * pixel, left), s);
        s = madd(w20, loadUpTo(r2, left), s);
        s = madd(w21, loadUpTo(r2 + pixel, left), s);
        s = madd(w22, loadUpTo(r2 + 2 * pixel, left), s);
        storeUpTo(out, activate(s, act), left);
        r0 += pixel;
        r1 += pixel;
        r2 += pixel;
        out += pixel;
      }
      continue;
    }
    // `ready` lacks its third column, `next` its second and third.
    let v = v128.load(r0), ready = f32x4.mul(w00, v);
    v = v128.load(r1);
    ready = madd(w10, v, ready);
    v = v128.load(r2);
    ready = madd(w20, v, ready);
    r0 += pixel;
    r1 += pixel;
    r2 += pixel;
    v = v128.load(r0);
    ready = madd(w01, v, ready);
    let next = f32x4.mul(w00, v);
    v = v128.load(r1);
    ready = madd(w11, v, ready);
    next = madd(w10, v, next);
    v = v128.load(r2);
    ready = madd(w21, v, ready);
    next = madd(w20, v, next);
    for (let i = 0; i < count; i++) {
      r0 += pixel;
      r1 += pixel;
      r2 += pixel;
      v = v128.load(r0);
      let sum = madd(w02, v, ready);
      ready = madd(w01, v, next);
      next = f32x4.mul(w00, v);
      v = v128.load(r1);
      sum = madd(w12, v, sum);
      ready = madd(w11, v, ready);
      next = madd(w10, v, next);
      v = v128.load(r2);
      sum = madd(w22, v, sum);
      ready = madd(w21, v, ready);
      next = madd(w20, v, next);
      v128.store(out, activate(f32x4.add(sum, base), act));
      out += pixel;
    }
  }
}

/** One place: all channels, the taps inside the image. */
function place(
  command: usize, source: usize, filter: usize, tap: usize, to: usize, top: i32, ox: i32, ky0: i32, ky1: i32,
): void {
  const inputW = int(command, 7);
  const channels = int(command, 10);
  const kernelW = int(command, 13);
  const dilationH = int(command, 16);
  const dilationW = int(command, 17);
  const left = ox * int(command, 15) - int(command, 19);
  const pixel = bytes(channels);
  const bias = ptr(command, 21);
  const act = int(command, 22);
  let kx0 = 0;
  while (kx0 < kernelW && left + kx0 * dilationW < 0) kx0++;
  let kx1 = kernelW;
  while (kx1 > kx0 && left + (kx1 - 1) * dilationW >= inputW) kx1--;
  for (let c = 0; c < channels; c += 16) {
    const room = channels - c;
    if (room >= 16) {
      let s0 = splat(0), s1 = splat(0), s2 = splat(0), s3 = splat(0);
      if (bias != 0) {
        const from = bias + bytes(c);
        s0 = v128.load(from);
        s1 = v128.load(from, 16);
        s2 = v128.load(from, 32);
        s3 = v128.load(from, 48);
      }
      for (let ky = ky0; ky < ky1; ky++) {
        let from = source + <usize>((top + ky * dilationH) * inputW + left + kx0 * dilationW) * pixel + bytes(c);
        let f = filter + <usize>(ky * kernelW + kx0) * tap + bytes(c);
        for (let kx = kx0; kx < kx1; kx++) {
          s0 = madd(v128.load(f), v128.load(from), s0);
          s1 = madd(v128.load(f, 16), v128.load(from, 16), s1);
          s2 = madd(v128.load(f, 32), v128.load(from, 32), s2);
          s3 = madd(v128.load(f, 48), v128.load(from, 48), s3);
          from += <usize>dilationW * pixel;
          f += tap;
        }
      }
      const out = to + bytes(c);
      v128.store(out, activate(s0, act));
      v128.store(out, activate(s1, act), 16);
      v128.store(out, activate(s2, act), 32);
      v128.store(out, activate(s3, act), 48);
    } else {
      for (let j = 0; j < room; j += 4) {
        let s = bias == 0 ? splat(0) : loadUpTo(bias + bytes(c + j), room - j);
        for (let ky = ky0; ky < ky1; ky++) {
          let from = source + <usize>((top + ky * dilationH) * inputW + left + kx0 * dilationW) * pixel + bytes(c + j);
          let f = filter + <usize>(ky * kernelW + kx0) * tap + bytes(c + j);
          for (let kx = kx0; kx < kx1; kx++) {
            s = madd(loadUpTo(f, room - j), loadUpTo(from, room - j), s);
            from += <usize>dilationW * pixel;
            f += tap;
          }
        }
        storeUpTo(to + bytes(c + j), activate(s, act), room - j);
      }
    }
  }
}

/**
 * Gradient by the input where the stride is above 1: each place gathers from the outputs whose window covers it.
 * Command: 2 dy, 3 filter, 4 dx, 5 … 19 as in depthwise with 6/7 the size of dx and 8/9 that of dy; dilation 1.
 * Chunk = a run of rows of dx, over all images.
 */
export function depthwiseGather(command: usize, chunk: i32): void {
  const inputH = int(command, 6);
  const rows = int(command, 5) * inputH;
  const end = startOf(chunk + 1, int(command, 1), rows);
  for (let row = startOf(chunk, int(command, 1), rows); row < end; row++) {
    gatherRow(command, row / inputH, row % inputH);
  }
}

function gatherRow(command: usize, image: i32, iy: i32): void {
  const inputW = int(command, 7);
  const outputH = int(command, 8);
  const outputW = int(command, 9);
  const channels = int(command, 10);
  const kernelH = int(command, 12);
  const kernelW = int(command, 13);
  const strideH = int(command, 14);
  const strideW = int(command, 15);
  const padTop = int(command, 18);
  const padLeft = int(command, 19);
  const filter = ptr(command, 3);
  const pixel = bytes(channels);
  const source = ptr(command, 2) + <usize>(image * outputH * outputW) * pixel;
  let to = ptr(command, 4) + <usize>((image * int(command, 6) + iy) * inputW) * pixel;
  // Taps ky0, ky0 + stride, … meet outputs oy, oy − 1, …; those above outputH − 1 are skipped.
  let ky0 = (iy + padTop) % strideH;
  let oy = (iy + padTop - ky0) / strideH;
  const skipY = max(0, oy - (outputH - 1));
  ky0 += skipY * strideH;
  oy -= skipY;
  const countY = max(0, min(oy + 1, (kernelH - ky0 + strideH - 1) / strideH));
  for (let ix = 0; ix < inputW; ix++, to += pixel) {
    let kx0 = (ix + padLeft) % strideW;
    let ox = (ix + padLeft - kx0) / strideW;
    const skipX = max(0, ox - (outputW - 1));
    kx0 += skipX * strideW;
    ox -= skipX;
    const countX = max(0, min(ox + 1, (kernelW - kx0 + strideW - 1) / strideW));
    const from0 = source + <usize>(oy * outputW + ox) * pixel;
    const filter0 = filter + <usize>(ky0 * kernelW + kx0) * pixel;
    const fromRow = <usize>outputW * pixel;
    const filterRow = <usize>(strideH * kernelW) * pixel;
    const filterStep = <usize>strideW * pixel;
    let c = 0;
    for (; c + 16 <= channels; c += 16) {
      let s0 = splat(0), s1 = splat(0), s2 = splat(0), s3 = splat(0);
      for (let i = 0; i < countY; i++) {
        let from = from0 - <usize>i * fromRow + bytes(c);
        let f = filter0 + <usize>i * filterRow + bytes(c);
        for (let j = 0; j < countX; j++) {
          s0 = madd(v128.load(f), v128.load(from), s0);
          s1 = madd(v128.load(f, 16), v128.load(from, 16), s1);
          s2 = madd(v128.load(f, 32), v128.load(from, 32), s2);
          s3 = madd(v128.load(f, 48), v128.load(from, 48), s3);
          from -= pixel;
          f += filterStep;
        }
      }
      const out = to + bytes(c);
      v128.store(out, s0);
      v128.store(out, s1, 16);
      v128.store(out, s2, 32);
      v128.store(out, s3, 48);
    }
    for (; c < channels; c += 4) {
      const left = channels - c;
      let s = splat(0);
      for (let i = 0; i < countY; i++) {
        let from = from0 - <usize>i * fromRow + bytes(c);
        let f = filter0 + <usize>i * filterRow + bytes(c);
        for (let j = 0; j < countX; j++) {
          s = madd(loadUpTo(f, left), loadUpTo(from, left), s);
          from -= pixel;
          f += filterStep;
        }
      }
      storeUpTo(to + bytes(c), s, left);
    }
  }
}
