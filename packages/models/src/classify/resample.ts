/** A part of a row of pixels, from `start` on, in pixels and fractions of them. */
export interface Span {
  readonly start: number;
  readonly length: number;
}

/** For each output, the first input that it is made of, and the weights of that and the following ones. */
type Taps = readonly { readonly first: number; readonly weights: readonly number[] }[];

/**
 * Resamples a part of one channel to another size, rows and columns apart.
 *
 * Each output is the mean of the inputs around its centre, with weights that fall linearly to 0 within one output's
 * width, or one input's where the picture grows: bilinear interpolation, with antialiasing where it shrinks. At the
 * border the mean is of the inputs that are there. It is Pillow's `resize(size, BILINEAR, box)`, without its rounding to
 * whole numbers; torchvision's `resize(antialias=True)`.
 *
 * Source: https://pillow.readthedocs.io/en/stable/handbook/concepts.html#filters
 *
 * @param plane height × width values
 * @param box the rows and columns to be shown
 * @param size height and width of the result
 */
export function resample(
  plane: Float32Array,
  [height, width]: readonly [number, number],
  box: { readonly rows: Span; readonly columns: Span },
  size: readonly [number, number],
): Float32Array {
  const across = taps(box.columns, width, size[1]);
  const narrow = new Float32Array(height * size[1]);
  for (let y = 0; y < height; y++) {
    across.forEach(({ first, weights }, x) => {
      narrow[y * size[1] + x] = weighted(plane, y * width + first, 1, weights);
    });
  }
  const down = taps(box.rows, height, size[0]);
  const result = new Float32Array(size[0] * size[1]);
  down.forEach(({ first, weights }, y) => {
    for (let x = 0; x < size[1]; x++) {
      result[y * size[1] + x] = weighted(narrow, first * size[1] + x, size[1], weights);
    }
  });
  return result;
}

function taps({ start, length }: Span, inputs: number, outputs: number): Taps {
  const scale = length / outputs;
  const reach = Math.max(1, scale);
  return Array.from({ length: outputs }, (_, output) => {
    const centre = start + (output + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(inputs, Math.floor(centre + reach + 0.5));
    const raw = Array.from({ length: end - first }, (_entry, i) =>
      Math.max(0, 1 - Math.abs(first + i + 0.5 - centre) / reach),
    );
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: raw.map((weight) => weight / total) };
  });
}

function weighted(
  values: Float32Array,
  from: number,
  step: number,
  weights: readonly number[],
): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += (weights[i] as number) * (values[from + i * step] as number);
  }
  return sum;
}
