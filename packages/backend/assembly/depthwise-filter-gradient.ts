// The gradient of a depthwise convolution by its filter, NHWC, channel multiplier 1: four lanes are four channels.
import { bytes, int, ptr, startOf } from './command';
import { endInside, firstInside } from './filter-gradient';
import { loadUpTo, madd, splat, storeUpTo } from './simd';

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
