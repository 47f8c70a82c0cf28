// Depthwise convolution, NHWC, channel multiplier 1: forward, gradient by the input, gradient by the filter.
//
// Channels lie side by side, so four lanes are four channels and every tap is one multiply-add on consecutive
// loads. Only taps inside the image are visited.
import { activate } from './activation';
import { bytes, int, ptr, startOf } from './command';
import { endInside, firstInside } from './filter-gradient';
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

/**
 * Bytes of x and dy that a band holds: they stay in the L1 cache while all channels and taps pass over them. The
 * sums of a channel are taken up and put down once a band.
 */
const BAND: usize = 24576;

/**
 * Gradient by the filter. Command: 2 x, 3 dy, 4 out (slices × [kh, kw, C]), 5 … 19 as in depthwise.
 * Chunk = slice of the batch. The slices are added by sumSlices.
 */
export function depthwiseFilterGradient(command: usize, chunk: i32): void {
  const batch = int(command, 5);
  const outputH = int(command, 8);
  const pixel = bytes(int(command, 10));
  const inputRow = <usize>int(command, 7) * pixel;
  const outputRow = <usize>int(command, 9) * pixel;
  const filter = <usize>(int(command, 12) * int(command, 13)) * pixel;
  const out = ptr(command, 4) + <usize>chunk * filter;
  memory.fill(out, 0, filter);
  const end = startOf(chunk + 1, int(command, 1), batch);
  const imageBytes = <usize>int(command, 6) * inputRow + <usize>outputH * outputRow;
  // Some small images, or some rows of a large one.
  const images = max(1, <i32>(BAND / imageBytes));
  const rows = max(1, <i32>(BAND / (<usize>int(command, 14) * inputRow + outputRow)));
  for (let i = startOf(chunk, int(command, 1), batch); i < end; i += images) {
    const last = min(end, i + images);
    for (let y = 0; y < outputH; y += rows) gradientBand(command, out, i, last, y, min(outputH, y + rows));
  }
}

function gradientBand(command: usize, out: usize, image: i32, imageEnd: i32, y: i32, yEnd: i32): void {
  const channels = int(command, 10);
  const stride = int(command, 14);
  const dilation = int(command, 16) * int(command, 17);
  const three = int(command, 12) == 3 && int(command, 13) == 3 && dilation == 1 && stride == int(command, 15);
  // Of images with one place most taps lie outside.
  const sole = int(command, 8) * int(command, 9) == 1;
  if (three && stride == 1 && int(command, 19) <= 1 && !sole) {
    for (let c = 0; c < channels; c += 4) slideGradient(command, out, image, imageEnd, y, yEnd, c);
  } else if (three && stride == 2 && !sole) {
    for (let c = 0; c < channels; c += 4) strideGradient(command, out, image, imageEnd, y, yEnd, c);
  } else {
    tapsGradient(command, out, image, imageEnd, y, yEnd);
  }
}

/** Any kernel, tap by tap. */
function tapsGradient(command: usize, out: usize, image: i32, imageEnd: i32, y: i32, yEnd: i32): void {
  const inputH = int(command, 6);
  const inputW = int(command, 7);
  const outputH = int(command, 8);
  const outputW = int(command, 9);
  const channels = int(command, 10);
  const kernelW = int(command, 13);
  const strideH = int(command, 14);
  const strideW = int(command, 15);
  const pixel = bytes(channels);
  for (let tap = 0; tap < int(command, 12) * kernelW; tap++, out += pixel) {
    const offsetY = (tap / kernelW) * int(command, 16) - int(command, 18);
    const offsetX = (tap % kernelW) * int(command, 17) - int(command, 19);
    const oy0 = max(y, firstInside(offsetY, strideH));
    const oy1 = min(yEnd, endInside(offsetY, strideH, inputH, outputH));
    const ox0 = firstInside(offsetX, strideW);
    const ox1 = endInside(offsetX, strideW, inputW, outputW);
    if (oy1 <= oy0 || ox1 <= ox0) continue;
    const across = <usize>strideW * pixel;
    const down = <usize>(strideH * inputW) * pixel;
    const x = ptr(command, 2) + <usize>((image * inputH + oy0 * strideH + offsetY) * inputW + ox0 * strideW + offsetX) * pixel;
    const dy = ptr(command, 3) + <usize>((image * outputH + oy0) * outputW + ox0) * pixel;
    for (let c = 0; c < channels; c += 4) {
      const left = channels - c;
      let sum = loadUpTo(out + bytes(c), left);
      let xImage = x + bytes(c);
      let dyImage = dy + bytes(c);
      for (let i = image; i < imageEnd; i++) {
        let xRow = xImage;
        let dyRow = dyImage;
        for (let oy = oy0; oy < oy1; oy++) {
          let xAt = xRow;
          let dyAt = dyRow;
          for (let ox = ox0; ox < ox1; ox++, xAt += across, dyAt += pixel) {
            sum = madd(loadUpTo(xAt, left), loadUpTo(dyAt, left), sum);
          }
          xRow += down;
          dyRow += <usize>outputW * pixel;
        }
        xImage += <usize>(inputH * inputW) * pixel;
        dyImage += <usize>(outputH * outputW) * pixel;
      }
      storeUpTo(out + bytes(c), sum, left);
    }
  }
}

/**
 * 3 × 3, stride 1: all nine sums of four channels in registers. A column of the input (3 values) meets the three
 * outputs whose windows hold it, which move along in registers too; outputs outside the row count as 0.
 */
function slideGradient(command: usize, out: usize, image: i32, imageEnd: i32, y: i32, yEnd: i32, c: i32): void {
  const inputH = int(command, 6);
  const inputW = int(command, 7);
  const outputH = int(command, 8);
  const outputW = int(command, 9);
  const channels = int(command, 10);
  const padTop = int(command, 18);
  const padLeft = int(command, 19);
  const pixel = bytes(channels);
  const left = channels - c;
  const zero = splat(0);
  const to = out + bytes(c);
  let s00 = loadUpTo(to, left), s01 = loadUpTo(to + pixel, left), s02 = loadUpTo(to + 2 * pixel, left);
  let s10 = loadUpTo(to + 3 * pixel, left), s11 = loadUpTo(to + 4 * pixel, left), s12 = loadUpTo(to + 5 * pixel, left);
  let s20 = loadUpTo(to + 6 * pixel, left), s21 = loadUpTo(to + 7 * pixel, left), s22 = loadUpTo(to + 8 * pixel, left);
  for (let i = image; i < imageEnd; i++) {
    for (let oy = y; oy < yEnd; oy++) {
      const top = oy - padTop;
      const has0 = <u32>top < <u32>inputH;
      const has1 = <u32>(top + 1) < <u32>inputH;
      const has2 = <u32>(top + 2) < <u32>inputH;
      let r0 = ptr(command, 2) + <usize>((i * inputH + top) * inputW) * pixel + bytes(c);
      let r1 = r0 + <usize>inputW * pixel;
      let r2 = r1 + <usize>inputW * pixel;
      const dy = ptr(command, 3) + <usize>((i * outputH + oy) * outputW) * pixel + bytes(c);
      // Column x of the input: tap kx belongs to output x + padLeft − kx.
      let d1 = padLeft > 0 ? loadUpTo(dy, left) : zero;
      let d2 = zero;
      for (let x = 0; x < inputW; x++) {
        const next = x + padLeft;
        const d0 = next < outputW ? loadUpTo(dy + <usize>next * pixel, left) : zero;
        if (has0) {
          const v = loadUpTo(r0, left);
          s00 = madd(v, d0, s00);
          s01 = madd(v, d1, s01);
          s02 = madd(v, d2, s02);
        }
        if (has1) {
          const v = loadUpTo(r1, left);
          s10 = madd(v, d0, s10);
          s11 = madd(v, d1, s11);
          s12 = madd(v, d2, s12);
        }
        if (has2) {
          const v = loadUpTo(r2, left);
          s20 = madd(v, d0, s20);
          s21 = madd(v, d1, s21);
          s22 = madd(v, d2, s22);
        }
        d2 = d1;
        d1 = d0;
        r0 += pixel;
        r1 += pixel;
        r2 += pixel;
      }
    }
  }
  storeNine(to, pixel, left, s00, s01, s02, s10, s11, s12, s20, s21, s22);
}

/** 3 × 3, stride 2: an output meets three columns of the input, of which the last is the next output's first. */
function strideGradient(command: usize, out: usize, image: i32, imageEnd: i32, y: i32, yEnd: i32, c: i32): void {
  const inputH = int(command, 6);
  const inputW = int(command, 7);
  const outputH = int(command, 8);
  const outputW = int(command, 9);
  const channels = int(command, 10);
  const padLeft = int(command, 19);
  const pixel = bytes(channels);
  const left = channels - c;
  const zero = splat(0);
  const to = out + bytes(c);
  let s00 = loadUpTo(to, left), s01 = loadUpTo(to + pixel, left), s02 = loadUpTo(to + 2 * pixel, left);
  let s10 = loadUpTo(to + 3 * pixel, left), s11 = loadUpTo(to + 4 * pixel, left), s12 = loadUpTo(to + 5 * pixel, left);
  let s20 = loadUpTo(to + 6 * pixel, left), s21 = loadUpTo(to + 7 * pixel, left), s22 = loadUpTo(to + 8 * pixel, left);
  for (let i = image; i < imageEnd; i++) {
    for (let oy = y; oy < yEnd; oy++) {
      const top = 2 * oy - int(command, 18);
      const has0 = <u32>top < <u32>inputH;
      const has1 = <u32>(top + 1) < <u32>inputH;
      const has2 = <u32>(top + 2) < <u32>inputH;
      // Column 0 of the first window may lie before the row; it is not read then.
      let r0 = ptr(command, 2) + <usize>((i * inputH + top) * inputW - padLeft) * pixel + bytes(c);
      let r1 = r0 + <usize>inputW * pixel;
      let r2 = r1 + <usize>inputW * pixel;
      let dy = ptr(command, 3) + <usize>((i * outputH + oy) * outputW) * pixel + bytes(c);
      const starts = padLeft == 0;
      let v00 = has0 && starts ? loadUpTo(r0, left) : zero;
      let v10 = has1 && starts ? loadUpTo(r1, left) : zero;
      let v20 = has2 && starts ? loadUpTo(r2, left) : zero;
      for (let x = -padLeft; x < 2 * outputW - padLeft; x += 2) {
        const d = loadUpTo(dy, left);
        const has = <u32>(x + 1) < <u32>inputW, more = <u32>(x + 2) < <u32>inputW;
        s00 = madd(v00, d, s00);
        s10 = madd(v10, d, s10);
        s20 = madd(v20, d, s20);
        if (has) {
          if (has0) s01 = madd(loadUpTo(r0 + pixel, left), d, s01);
          if (has1) s11 = madd(loadUpTo(r1 + pixel, left), d, s11);
          if (has2) s21 = madd(loadUpTo(r2 + pixel, left), d, s21);
        }
        r0 += 2 * pixel;
        r1 += 2 * pixel;
        r2 += 2 * pixel;
        dy += pixel;
        v00 = more && has0 ? loadUpTo(r0, left) : zero;
        v10 = more && has1 ? loadUpTo(r1, left) : zero;
        v20 = more && has2 ? loadUpTo(r2, left) : zero;
        s02 = madd(v00, d, s02);
        s12 = madd(v10, d, s12);
        s22 = madd(v20, d, s22);
      }
    }
  }
  storeNine(to, pixel, left, s00, s01, s02, s10, s11, s12, s20, s21, s22);
}

// @ts-ignore: decorator
@inline
function storeNine(
  to: usize, pixel: usize, left: i32,
  s00: v128, s01: v128, s02: v128, s10: v128, s11: v128, s12: v128, s20: v128, s21: v128, s22: v128,
): void {
  storeUpTo(to, s00, left);
  storeUpTo(to + pixel, s01, left);
  storeUpTo(to + 2 * pixel, s02, left);
  storeUpTo(to + 3 * pixel, s10, left);
  storeUpTo(to + 4 * pixel, s11, left);
  storeUpTo(to + 5 * pixel, s12, left);
  storeUpTo(to + 6 * pixel, s20, left);
  storeUpTo(to + 7 * pixel, s21, left);
  storeUpTo(to + 8 * pixel, s22, left);
}
