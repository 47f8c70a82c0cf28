// Convolution and its gradient by the input, NHWC, as products over the window's segments (see tile.ts): no
// im2col buffer, and no product with the padding.
//
// With six or more images a tile's rows are the same place in consecutive images: they share the window's part
// that lies in the image, so at 2 × 2 pixels 5 of 9 taps, at 1 × 1 pixel 8 of 9, are never computed. With fewer
// images a tile's rows are consecutive places in a row of the image, or in a column of it at its left and right border;
// the corners come one by one.
import { bytes, int, ptr } from './command';
import { scratch } from './pool';
import { column, PANEL, SEGMENT } from './tile';

let inputH: i32 = 0;
let inputW: i32 = 0;
let channels: i32 = 0;
let outputH: i32 = 0;
let outputW: i32 = 0;
let kernelH: i32 = 0;
let kernelW: i32 = 0;
let strideH: i32 = 0;
let strideW: i32 = 0;
let dilationH: i32 = 0;
let dilationW: i32 = 0;
let padTop: i32 = 0;
let padLeft: i32 = 0;

/** Writes the segments of the forward window at output (y, x), addresses relative to `image`; returns their number. */
function forwardSegments(image: usize, y: i32, x: i32): i32 {
  let count = 0;
  let at = scratch;
  const top = y * strideH - padTop;
  const left = x * strideW - padLeft;
  for (let ky = 0; ky < kernelH; ky++) {
    const iy = top + ky * dilationH;
    if (<u32>iy >= <u32>inputH) continue;
    if (dilationW == 1) {
      // Consecutive taps of a row are consecutive in memory: one segment.
      const from = max(0, -left);
      const to = min(kernelW, inputW - left);
      if (to <= from) continue;
      segment(at, image, iy * inputW + left + from, ky * kernelW + from, to - from);
      at += SEGMENT;
      count++;
    } else {
      for (let kx = 0; kx < kernelW; kx++) {
        const ix = left + kx * dilationW;
        if (<u32>ix >= <u32>inputW) continue;
        segment(at, image, iy * inputW + ix, ky * kernelW + kx, 1);
        at += SEGMENT;
        count++;
      }
    }
  }
  return count;
}

/** The segments of the gradient at input (y, x): every output whose window covers it. */
function gradientSegments(image: usize, y: i32, x: i32): i32 {
  let count = 0;
  let at = scratch;
  for (let ky = 0; ky < kernelH; ky++) {
    const up = y + padTop - ky * dilationH;
    if (up < 0 || up % strideH != 0 || up / strideH >= outputH) continue;
    const oy = up / strideH;
    if (strideW == 1 && dilationW == 1) {
      // ox = x + padLeft − kx: with the taps of a row packed in reverse, ox ascends with them.
      const first = x + padLeft - (kernelW - 1);
      const from = max(0, -first);
      const to = min(kernelW, outputW - first);
      if (to <= from) continue;
      segment(at, image, oy * outputW + first + from, ky * kernelW + from, to - from);
      at += SEGMENT;
      count++;
    } else {
      for (let kx = 0; kx < kernelW; kx++) {
        const right = x + padLeft - kx * dilationW;
        if (right < 0 || right % strideW != 0 || right / strideW >= outputW) continue;
        segment(at, image, oy * outputW + right / strideW, ky * kernelW + kx, 1);
        at += SEGMENT;
        count++;
      }
    }
  }
  return count;
}

// @ts-ignore: decorator
@inline
function segment(at: usize, image: usize, place: i32, tap: i32, taps: i32): void {
  store<u32>(at, <u32>(image + bytes(place * channels)));
  store<u32>(at, <u32>bytes(tap * channels * PANEL), 4);
  store<i32>(at, taps * channels, 8);
}

/** The first place along an axis whose window lies inside; strided gradients have none: their windows differ. */
function firstWhole(target: i32, kernel: i32, stride: i32, dilation: i32, pad: i32, gradient: bool): i32 {
  if (gradient) return stride > 1 ? target : max(0, min(target, (kernel - 1) * dilation - pad));
  return min(target, (pad + stride - 1) / stride);
}

/** One past the last such place, or less than the first where there is none. */
function endWhole(
  target: i32, source: i32, kernel: i32, stride: i32, dilation: i32, pad: i32, gradient: bool,
): i32 {
  if (gradient) return stride > 1 ? 0 : min(target, source - pad);
  const room = source + pad - (kernel - 1) * dilation - 1;
  return room < 0 ? 0 : min(target, room / stride + 1);
}

/**
 * Command: 2 source, 3 packed filter, 4 target, 5 batch, 6/7 input height and width, 8/9 output height and width,
 * 10 channels of the source, 11 channels of the target, 12/13 kernel, 14/15 stride, 16/17 dilation,
 * 18/19 padding above and left, 20 gradient (0: source is the input; 1: source is the output's gradient),
 * 21 images a chunk, 22 panels a chunk, 23 target rows a chunk, 24 bias (or 0), 25 activation.
 * Chunk = block of images × block of rows × block of panels, the images' number running fastest.
 */
export function convolution(command: usize, chunk: i32): void {
  inputH = int(command, 6);
  inputW = int(command, 7);
  outputH = int(command, 8);
  outputW = int(command, 9);
  channels = int(command, 10);
  kernelH = int(command, 12);
  kernelW = int(command, 13);
  strideH = int(command, 14);
  strideW = int(command, 15);
  dilationH = int(command, 16);
  dilationW = int(command, 17);
  padTop = int(command, 18);
  padLeft = int(command, 19);
  const gradient = int(command, 20) != 0;
  const batch = int(command, 5);
  const n = int(command, 11);
  const imagesPerChunk = int(command, 21);
  const panelsPerChunk = int(command, 22);
  const rowsPerChunk = int(command, 23);
  const bias = ptr(command, 24);
  const act = int(command, 25);

  const sourceH = gradient ? outputH : inputH;
  const sourceW = gradient ? outputW : inputW;
  const targetH = gradient ? inputH : outputH;
  const targetW = gradient ? inputW : outputW;
  const sourceImage = bytes(sourceH * sourceW * channels);
  const targetPixel = bytes(n);
  const targetImage = <usize>(targetH * targetW) * targetPixel;
  const panelBytes = bytes(kernelH * kernelW * channels * PANEL);

  const imageBlocks = (batch + imagesPerChunk - 1) / imagesPerChunk;
  const rowBlocks = (targetH + rowsPerChunk - 1) / rowsPerChunk;
  const image = (chunk % imageBlocks) * imagesPerChunk;
  const images = min(imagesPerChunk, batch - image);
  const top = ((chunk / imageBlocks) % rowBlocks) * rowsPerChunk;
  const bottom = min(targetH, top + rowsPerChunk);
  const panel = (chunk / imageBlocks / rowBlocks) * panelsPerChunk;
  const panelEnd = min(panel + panelsPerChunk, (n + PANEL - 1) / PANEL);
  const source = ptr(command, 2) + <usize>image * sourceImage;
  const target = ptr(command, 4) + <usize>image * targetImage;

  // Places left … right − 1 by upper … lower − 1 have their whole window inside.
  const left = firstWhole(targetW, kernelW, strideW, dilationW, padLeft, gradient);
  const right = max(left, endWhole(targetW, sourceW, kernelW, strideW, dilationW, padLeft, gradient));
  const upper = firstWhole(targetH, kernelH, strideH, dilationH, padTop, gradient);
  const lower = endWhole(targetH, sourceH, kernelH, strideH, dilationH, padTop, gradient);
  const across = bytes((gradient ? 1 : strideW) * channels);
  const down = bytes((gradient ? 1 : strideH) * sourceW * channels);
  const targetRow = <usize>targetW * targetPixel;

  for (let p = panel; p < panelEnd; p++) {
    const packed = ptr(command, 3) + <usize>p * panelBytes;
    const columns = min(PANEL, n - p * PANEL);
    const biasAt = bias == 0 ? <usize>0 : bias + bytes(p * PANEL);
    const to = target + bytes(p * PANEL);
    if (images >= 6) {
      for (let y = top; y < bottom; y++) {
        for (let x = 0; x < targetW; x++) {
          const count = gradient ? gradientSegments(source, y, x) : forwardSegments(source, y, x);
          const at = to + <usize>(y * targetW + x) * targetPixel;
          column(images, scratch, count, sourceImage, packed, at, targetImage, columns, biasAt, act);
        }
      }
    } else {
      for (let i = 0; i < images; i++) {
        const from = source + <usize>i * sourceImage;
        const into = to + <usize>i * targetImage;
        for (let x = 0; x < targetW; x++) {
          if (x >= left && x < right) continue;
          // A place at the left or right border shares its window with those above and below it.
          let y = top;
          while (y < bottom) {
            const run = y >= upper && y < lower ? min(bottom, lower) - y : 1;
            const count = gradient ? gradientSegments(from, y, x) : forwardSegments(from, y, x);
            const at = into + <usize>(y * targetW + x) * targetPixel;
            column(run, scratch, count, down, packed, at, targetRow, columns, biasAt, act);
            y += run;
          }
        }
        if (right == left) continue;
        for (let y = top; y < bottom; y++) {
          const count = gradient ? gradientSegments(from, y, left) : forwardSegments(from, y, left);
          const at = into + <usize>(y * targetW + left) * targetPixel;
          column(right - left, scratch, count, across, packed, at, targetPixel, columns, biasAt, act);
        }
      }
    }
  }
}
