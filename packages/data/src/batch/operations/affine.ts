import type { Operation } from './picture.ts';

/**
 * Where the pixel of the result at (x, y) comes from: (a·x + b·y + c, d·x + e·y + f), both of the pixels' middles, in
 * pixels from the upper left corner.
 */
type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Moves each row to the left by `slope` times its distance from the top. */
export function shearX(slope: number): Operation {
  return affine(() => [1, slope, 0, 0, 1, 0]);
}

/** Moves each column up by `slope` times its distance from the left. */
export function shearY(slope: number): Operation {
  return affine(() => [1, 0, 0, slope, 1, 0]);
}

/** Moves the picture to the right, by whole pixels: what is behind the point is cut off. */
export function translateX(pixels: number): Operation {
  return affine(() => [1, 0, -Math.trunc(pixels), 0, 1, 0]);
}

/** Moves the picture down, by whole pixels: what is behind the point is cut off. */
export function translateY(pixels: number): Operation {
  return affine(() => [1, 0, 0, 0, 1, -Math.trunc(pixels)]);
}

/** Turns the picture around its middle, counterclockwise. */
export function rotate(degrees: number): Operation {
  const angle = (degrees * Math.PI) / 180;
  const cos = rounded(Math.cos(angle));
  const sin = rounded(Math.sin(angle));
  return affine((height, width) => {
    const [x, y] = [width / 2, height / 2];
    return [cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y];
  });
}

/** A right angle's cosine is 0 then, and its turn exact. */
function rounded(value: number): number {
  return Math.round(value * 1e15) / 1e15;
}

/**
 * Takes each pixel from where a matrix says, the nearest one; from outside comes 0. In steps of 2⁻¹⁶ pixels, as Pillow
 * does it, so that ties fall alike.
 */
function affine(matrixOf: (height: number, width: number) => Matrix): Operation {
  return (source, [height, width, channels], out) => {
    const [a, b, c, d, e, f] = matrixOf(height, width);
    const step = { x: fixed(a), y: fixed(d), rowX: fixed(b), rowY: fixed(e) };
    let startX = fixed(c + 0.5 * (a + b));
    let startY = fixed(f + 0.5 * (d + e));
    out.fill(0);
    for (let row = 0; row < height; row++, startX += step.rowX, startY += step.rowY) {
      let x = startX;
      let y = startY;
      for (let to = row * width * channels, end = to + width * channels; to < end; to += channels) {
        const column = x >> 16;
        const line = y >> 16;
        x += step.x;
        y += step.y;
        if (column < 0 || column >= width || line < 0 || line >= height) continue;
        const from = (line * width + column) * channels;
        for (let k = 0; k < channels; k++) out[to + k] = source[from + k]!;
      }
    }
  };
}

function fixed(value: number): number {
  return Math.floor(value * 65536 + 0.5);
}
