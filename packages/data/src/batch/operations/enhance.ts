import type { Operation, Shape } from './picture.ts';
import { byTable } from './table.ts';

/** Between black and the picture, or beyond it: `factor` 0 is black, 1 the picture. */
export function brightness(factor: number): Operation {
  return byTable(() => (value) => blend(0, value, factor));
}

/** Between the gray of the mean luminance and the picture, or beyond it. */
export function contrast(factor: number): Operation {
  return (source, shape, out) => {
    const gray = meanLuminance(source, shape);
    byTable(() => (value) => blend(gray, value, factor))(source, shape, out);
  };
}

/** Between the picture in gray and the picture, or beyond it. What is gray stays as it is. */
export function color(factor: number): Operation {
  return (source, [, , channels], out) => {
    if (channels === 1) out.set(source);
    else {
      for (let i = 0; i < source.length; i += 3) {
        const gray = luminance(source, i);
        for (let k = i; k < i + 3; k++) out[k] = blend(gray, source[k]!, factor);
      }
    }
  };
}

/** Between the smoothed picture and the picture, or beyond it. The pixels at the border stay as they are. */
export function sharpness(factor: number): Operation {
  return (source, [height, width, channels], out) => {
    out.set(source);
    const row = width * channels;
    for (let y = 1; y < height - 1; y++) {
      for (let i = y * row + channels; i < (y + 1) * row - channels; i++) {
        let sum = 4 * source[i]!;
        for (let above = i - row; above <= i + row; above += row) {
          sum += source[above - channels]! + source[above]! + source[above + channels]!;
        }
        out[i] = blend(Math.floor(sum / 13 + 0.5), source[i]!, factor);
      }
    }
  };
}

/** from + factor · (to − from) as a byte, in 32-bit floats and cut off behind the point, as Pillow computes it. */
function blend(from: number, to: number, factor: number): number {
  const value = Math.fround(from + Math.fround(Math.fround(factor) * (to - from)));
  return Math.trunc(Math.min(255, Math.max(0, value)));
}

/** ITU-R 601-2 luma of the pixel at `i`, in Pillow's fixed point. */
function luminance(source: Uint8Array, i: number): number {
  const [red, green, blue] = [source[i]!, source[i + 1]!, source[i + 2]!];
  return (19_595 * red + 38_470 * green + 7_471 * blue + 0x8000) >> 16;
}

/** Of the whole picture, rounded. */
function meanLuminance(source: Uint8Array, [height, width, channels]: Shape): number {
  let sum = 0;
  for (let i = 0; i < source.length; i += channels) {
    sum += channels === 1 ? source[i]! : luminance(source, i);
  }
  return Math.floor(sum / (height * width) + 0.5);
}
