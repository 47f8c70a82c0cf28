// Depthwise convolution, NHWC, channel multiplier 1: forward, gradient by the input, gradient by the filter.
//
// Channels lie side by side, so four lanes are four channels and every tap is one multiply-add on consecutive
// loads. Only taps inside the image are visited.
import { bytes, int, ptr, startOf } from './command';
import { endInside, firstInside } from './filter-gradient';
import { loadUpTo, madd, splat, storeUpTo } from './simd';

/**
 * Command: 2 source, 3 filter [kh, kw, C], 4 target, 5 batch, 6/7 input height and width, 8/9 output height and
 * width, 10 channels, 12/13 kernel, 14/15 stride, 16/17 dilation, 18/19 padding above and left,
 * 20 gradient (0: forward; 1: source is the output's gradient, target the input's).
 * Chunk = a run of rows of the target, over all images.
 */
export function depthwise(command: usize, chunk: i32): void {
  const gradient = int(command, 20) != 0;
  const targetH = gradient ? int(command, 6) : int(command, 8);
  const rows = int(command, 5) * targetH;
  const end = startOf(chunk + 1, int(command, 1), rows);
  for (let row = startOf(chunk, int(command, 1), rows); row < end; row++) {
    if (gradient) gradientRow(command, row / targetH, row % targetH);
    else forwardRow(command, row / targetH, row % targetH);
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
  const dilationW = int(command, 17);
  const padLeft = int(command, 19);
  const filter = ptr(command, 3);
  const pixel = bytes(channels);
  const top = oy * int(command, 14) - int(command, 18);
  const source = ptr(command, 2) + <usize>(image * inputH * inputW) * pixel;
  let to = ptr(command, 4) + <usize>((image * int(command, 8) + oy) * outputW) * pixel;
  // Rows ky … kyEnd − 1 of the window lie in the image.
  let ky0 = 0;
  while (ky0 < kernelH && top + ky0 * dilationH < 0) ky0++;
  let ky1 = kernelH;
  while (ky1 > ky0 && top + (ky1 - 1) * dilationH >= inputH) ky1--;
  let ox = 0;
  if (kernelH == 3 && kernelW == 3 && strideW == 1 && dilationW == 1 && padLeft <= 1 && outputW >= 3 && ky1 - ky0 == 3) {
    // The inner places of a row whose window is whole, one pass for every four channels.
    const first = padLeft;
    const last = min(outputW, inputW - 2 + padLeft);
    if (last > first) {
      slide(source + <usize>(top * inputW) * pixel, <usize>(inputW * dilationH) * pixel, filter, to, pixel, channels, first, last - first);
      for (; ox < first; ox++) forwardPlace(command, source, filter, to + <usize>ox * pixel, top, ox, ky0, ky1);
      ox = last;
    }
  }
  for (; ox < outputW; ox++) forwardPlace(command, source, filter, to + <usize>ox * pixel, top, ox, ky0, ky1);
}

/**
 * 3 × 3, stride 1, `count` places from `first`: each column of the input is loaded once and added to the three
 * outputs that it touches, whose sums move along in registers. 9 weights, 3 sums and the column fill the 15
 * vector registers.
 */
function slide(source: usize, rowStep: usize, filter: usize, to: usize, pixel: usize, channels: i32, first: i32, count: i32): void {
  for (let c = 0; c < channels; c += 4) {
    const left = channels - c;
    const f = filter + bytes(c);
    const w00 = loadUpTo(f, left), w01 = loadUpTo(f + pixel, left), w02 = loadUpTo(f + 2 * pixel, left);
    const w10 = loadUpTo(f + 3 * pixel, left), w11 = loadUpTo(f + 4 * pixel, left), w12 = loadUpTo(f + 5 * pixel, left);
    const w20 = loadUpTo(f + 6 * pixel, left), w21 = loadUpTo(f + 7 * pixel, left), w22 = loadUpTo(f + 8 * pixel, left);
    let r0 = source + bytes(c);
    let r1 = r0 + rowStep;
    let r2 = r1 + rowStep;
    let out = to + <usize>first * pixel + bytes(c);
    if (left < 4) {
      for (let i = 0; i < count; i++) {
        let s = splat(0);
        s = madd(w00, loadUpTo(r0, left), s);
        s = madd(w01, loadUpTo(r0 + pixel, left), s);
        s = madd(w02, loadUpTo(r0 + 2 * pixel, left), s);
        s = madd(w10, loadUpTo(r1, left), s);
        s = madd(w11, loadUpTo(r1 + pixel, left), s);
        s = madd(w12, loadUpTo(r1 + 2 * pixel, left), s);
        s = madd(w20, loadUpTo(r2, left), s);
        s = madd(w21, loadUpTo(r2 + pixel, left), s);
        s = madd(w22, loadUpTo(r2 + 2 * pixel, left), s);
        storeUpTo(out, s, left);
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
      v128.store(out, sum);
      out += pixel;
    }
  }
}

/** One place: all channels, the taps inside the image. */
function forwardPlace(command: usize, source: usize, filter: usize, to: usize, top: i32, ox: i32, ky0: i32, ky1: i32): void {
  const inputW = int(command, 7);
  const channels = int(command, 10);
  const kernelW = int(command, 13);
  const dilationH = int(command, 16);
  const dilationW = int(command, 17);
  const left = ox * int(command, 15) - int(command, 19);
  const pixel = bytes(channels);
  let kx0 = 0;
  while (kx0 < kernelW && left + kx0 * dilationW < 0) kx0++;
  let kx1 = kernelW;
  while (kx1 > kx0 && left + (kx1 - 1) * dilationW >= inputW) kx1--;
  for (let c = 0; c < channels; c += 16) {
    const room = channels - c;
    if (room >= 16) {
      let s0 = splat(0), s1 = splat(0), s2 = splat(0), s3 = splat(0);
      for (let ky = ky0; ky < ky1; ky++) {
        let from = source + <usize>((top + ky * dilationH) * inputW + left + kx0 * dilationW) * pixel + bytes(c);
        let f = filter + <usize>(ky * kernelW + kx0) * pixel + bytes(c);
        for (let kx = kx0; kx < kx1; kx++) {
          s0 = madd(v128.load(f), v128.load(from), s0);
          s1 = madd(v128.load(f, 16), v128.load(from, 16), s1);
          s2 = madd(v128.load(f, 32), v128.load(from, 32), s2);
          s3 = madd(v128.load(f, 48), v128.load(from, 48), s3);
          from += <usize>dilationW * pixel;
          f += pixel;
        }
      }
      const out = to + bytes(c);
      v128.store(out, s0);
      v128.store(out, s1, 16);
      v128.store(out, s2, 32);
      v128.store(out, s3, 48);
    } else {
      for (let j = 0; j < room; j += 4) {
        let s = splat(0);
        for (let ky = ky0; ky < ky1; ky++) {
          let from = source + <usize>((top + ky * dilationH) * inputW + left + kx0 * dilationW) * pixel + bytes(c + j);
          let f = filter + <usize>(ky * kernelW + kx0) * pixel + bytes(c + j);
          for (let kx = kx0; kx < kx1; kx++) {
            s = madd(loadUpTo(f, room - j), loadUpTo(from, room - j), s);
            from += <usize>dilationW * pixel;
            f += pixel;
          }
        }
        storeUpTo(to + bytes(c + j), s, room - j);
      }
    }
  }
}

/** A row of the input's gradient: each place gathers from the outputs whose window covers it. */
function gradientRow(command: usize, image: i32, iy: i32): void {
  const inputW = int(command, 7);
  const outputH = int(command, 8);
  const outputW = int(command, 9);
  const channels = int(command, 10);
  const kernelH = int(command, 12);
  const kernelW = int(command, 13);
  const strideH = int(command, 14);
  const strideW = int(command, 15);
  const dilationH = int(command, 16);
  const dilationW = int(command, 17);
  const padTop = int(command, 18);
  const padLeft = int(command, 19);
  const filter = ptr(command, 3);
  const pixel = bytes(channels);
  const source = ptr(command, 2) + <usize>(image * outputH * outputW) * pixel;
  let to = ptr(command, 4) + <usize>((image * int(command, 6) + iy) * inputW) * pixel;
  for (let ix = 0; ix < inputW; ix++, to += pixel) {
    for (let c = 0; c < channels; c += 16) {
      const room = channels - c;
      for (let j = 0; j < min(room, 16); j += room >= 16 ? 16 : 4) {
        let s0 = splat(0), s1 = splat(0), s2 = splat(0), s3 = splat(0);
        for (let ky = 0; ky < kernelH; ky++) {
          const up = iy + padTop - ky * dilationH;
          if (up < 0 || up % strideH != 0 || up / strideH >= outputH) continue;
          const line = source + <usize>((up / strideH) * outputW) * pixel + bytes(c + j);
          for (let kx = 0; kx < kernelW; kx++) {
            const right = ix + padLeft - kx * dilationW;
            if (right < 0 || right % strideW != 0 || right / strideW >= outputW) continue;
            const from = line + <usize>(right / strideW) * pixel;
            const f = filter + <usize>(ky * kernelW + kx) * pixel + bytes(c + j);
            if (room >= 16) {
              s0 = madd(v128.load(f), v128.load(from), s0);
              s1 = madd(v128.load(f, 16), v128.load(from, 16), s1);
              s2 = madd(v128.load(f, 32), v128.load(from, 32), s2);
              s3 = madd(v128.load(f, 48), v128.load(from, 48), s3);
            } else {
              s0 = madd(loadUpTo(f, room - j), loadUpTo(from, room - j), s0);
            }
          }
        }
        const out = to + bytes(c + j);
        if (room >= 16) {
          v128.store(out, s0);
          v128.store(out, s1, 16);
          v128.store(out, s2, 32);
          v128.store(out, s3, 48);
        } else {
          storeUpTo(out, s0, room - j);
        }
      }
    }
  }
}

/**
 * Gradient by the filter. Command: 2 x, 3 dy, 4 out (slices × [kh, kw, C]), 5 … 19 as in depthwise, 20 slices.
 * Chunk = slice of the batch × block of 16 channels, the block's number running fastest. Partial sums of a slice
 * are added by sumSlices.
 */
export function depthwiseFilterGradient(command: usize, chunk: i32): void {
  const batch = int(command, 5);
  const inputH = int(command, 6);
  const inputW = int(command, 7);
  const outputH = int(command, 8);
  const outputW = int(command, 9);
  const channels = int(command, 10);
  const kernelH = int(command, 12);
  const kernelW = int(command, 13);
  const strideH = int(command, 14);
  const strideW = int(command, 15);
  const slices = int(command, 20);
  const blocks = (channels + 15) / 16;
  const c = (chunk % blocks) * 16;
  const slice = chunk / blocks;
  const image = startOf(slice, slices, batch);
  const imageEnd = startOf(slice + 1, slices, batch);
  const pixel = bytes(channels);
  const cEnd = min(channels, c + 16);
  for (let tap = 0; tap < kernelH * kernelW; tap++) {
    const offsetY = (tap / kernelW) * int(command, 16) - int(command, 18);
    const offsetX = (tap % kernelW) * int(command, 17) - int(command, 19);
    const oy0 = firstInside(offsetY, strideH);
    const oy1 = endInside(offsetY, strideH, inputH, outputH);
    const ox0 = firstInside(offsetX, strideW);
    const ox1 = endInside(offsetX, strideW, inputW, outputW);
    const out = ptr(command, 4) + <usize>(slice * kernelH * kernelW + tap) * pixel;
    const whole = cEnd - c == 16;
    for (let j = c; j < cEnd; j += whole ? 16 : 4) {
      let s0 = splat(0), s1 = splat(0), s2 = splat(0), s3 = splat(0);
      for (let i = image; i < imageEnd; i++) {
        for (let oy = oy0; oy < oy1; oy++) {
          let x = ptr(command, 2) + bytes(j) +
            <usize>((i * inputH + oy * strideH + offsetY) * inputW + ox0 * strideW + offsetX) * pixel;
          let dy = ptr(command, 3) + bytes(j) + <usize>((i * outputH + oy) * outputW + ox0) * pixel;
          for (let ox = ox0; ox < ox1; ox++) {
            if (whole) {
              s0 = madd(v128.load(x), v128.load(dy), s0);
              s1 = madd(v128.load(x, 16), v128.load(dy, 16), s1);
              s2 = madd(v128.load(x, 32), v128.load(dy, 32), s2);
              s3 = madd(v128.load(x, 48), v128.load(dy, 48), s3);
            } else {
              s0 = madd(loadUpTo(x, cEnd - j), loadUpTo(dy, cEnd - j), s0);
            }
            x += <usize>strideW * pixel;
            dy += pixel;
          }
        }
      }
      const to = out + bytes(j);
      if (whole) {
        v128.store(to, s0);
        v128.store(to, s1, 16);
        v128.store(to, s2, 32);
        v128.store(to, s3, 48);
      } else {
        storeUpTo(to, s0, cEnd - j);
      }
    }
  }
}
