/** A part of a row or column of pixels, from `start` on, in pixels and fractions of them. */
export interface Span {
  readonly start: number;
  readonly length: number;
}

/** A part of a picture. */
export interface Box {
  readonly rows: Span;
  readonly columns: Span;
}

/**
 * The largest centred part of a picture that has the proportions of another size: what is left of it where the shorter
 * side is resized and the longer one cut, without the rounding in between.
 *
 * @param picture its height and width
 * @param size height and width that the part shall be shown in
 */
export function coverBox(
  [height, width]: readonly [number, number],
  size: readonly [number, number],
): Box {
  const scale = Math.min(height / size[0], width / size[1]);
  const centred = (whole: number, part: number): Span => ({
    start: (whole - part) / 2,
    length: part,
  });
  return { rows: centred(height, size[0] * scale), columns: centred(width, size[1] * scale) };
}

/** For output i, the weights from `from[i]` to `from[i + 1]`, of the input `first[i]` and those that follow. */
interface Taps {
  readonly first: Int32Array;
  readonly from: Int32Array;
  readonly weights: Float64Array;
}

/**
 * Resamples a part of a picture to another size, rows and columns apart.
 *
 * Each output is the mean of the inputs around its centre, with weights that fall linearly to 0 within one output's
 * width, or one input's where the picture grows: bilinear interpolation, with antialiasing where it shrinks. At the
 * border the mean is of the inputs that are there. It is Pillow's `resize(size, BILINEAR, box)`, without its rounding to
 * whole numbers; torchvision's `resize(antialias=True)`.
 *
 * Source: https://pillow.readthedocs.io/en/stable/handbook/concepts.html#filters
 *
 * @param values of [height, width, channels], row by row with the channels innermost
 * @param shape height, width and channels
 * @param box the rows and columns to be shown
 * @param size height and width of the result
 * @returns [size[0], size[1], channels]
 */
export function resample(
  values: Float32Array | Uint8Array | Uint8ClampedArray,
  [height, width, channels]: readonly [number, number, number],
  box: Box,
  size: readonly [number, number],
): Float32Array {
  const across = taps(box.columns, width, size[1]);
  const down = taps(box.rows, height, size[0]);
  const row = size[1] * channels;
  // Rows that no output is made of are left out.
  const top = down.first[0]!;
  const last = size[0] - 1;
  const bottom = down.first[last]! + down.from[last + 1]! - down.from[last]!;
  const narrow = new Float32Array((bottom - top) * row);
  for (let y = top, o = 0; y < bottom; y++) {
    const line = y * width * channels;
    for (let x = 0; x < size[1]; x++) {
      const start = across.from[x]!;
      const end = across.from[x + 1]!;
      const pixel = line + across.first[x]! * channels;
      for (let c = 0; c < channels; c++, o++) {
        let sum = 0;
        for (let t = start, i = pixel + c; t < end; t++, i += channels) {
          sum += across.weights[t]! * values[i]!;
        }
        narrow[o] = sum;
      }
    }
  }
  const result = new Float32Array(size[0] * row);
  for (let y = 0, o = 0; y < size[0]; y++) {
    const start = down.from[y]!;
    const end = down.from[y + 1]!;
    const line = (down.first[y]! - top) * row;
    for (let x = 0; x < row; x++, o++) {
      let sum = 0;
      for (let t = start, i = line + x; t < end; t++, i += row)
        sum += down.weights[t]! * narrow[i]!;
      result[o] = sum;
    }
  }
  return result;
}

function taps({ start, length }: Span, inputs: number, outputs: number): Taps {
  const scale = length / outputs;
  const reach = Math.max(1, scale);
  const first = new Int32Array(outputs);
  const from = new Int32Array(outputs + 1);
  const weights: number[] = [];
  for (let output = 0; output < outputs; output++) {
    const centre = start + (output + 0.5) * scale;
    const begin = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(inputs, Math.floor(centre + reach + 0.5));
    const raw = Array.from({ length: end - begin }, (_, i) =>
      Math.max(0, 1 - Math.abs(begin + i + 0.5 - centre) / reach),
    );
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    for (const weight of raw) weights.push(weight / total);
    first[output] = begin;
    from[output + 1] = weights.length;
  }
  return { first, from, weights: Float64Array.from(weights) };
}
