/**
 * How a window is laid over the borders:
 * - `symmetric`: (k − 1) / 2 zeros (rounded down) on every side, PyTorch's `padding=(k - 1) // 2`;
 *   output ⌊(n + 2p − k) / s⌋ + 1
 * - `same`: TensorFlow's; output ⌈n / s⌉, and where the zeros are odd in number the larger half lies right and below
 * - `valid`: none; output ⌊(n − k) / s⌋ + 1
 *
 * At stride 1 and odd k the first two are one; at stride 2 and even n they read different pixels.
 */
export type Padding = (typeof paddings)[number];

/** The names that {@link Padding} takes. */
export const paddings = ['symmetric', 'same', 'valid'] as const;

/** The padding in tfjs-core's terms. */
export function corePadding(padding: Padding, kernelSize: number): number | 'same' | 'valid' {
  return padding === 'symmetric' ? Math.floor((kernelSize - 1) / 2) : padding;
}

/**
 * The output length of one axis by the formula of its {@link Padding}.
 *
 * @param length the input's; null, an unknown length, stays null
 */
export function outputLength(
  length: number | null,
  kernelSize: number,
  stride: number,
  padding: Padding,
): number | null {
  if (length === null) return null;
  if (padding === 'same') return Math.ceil(length / stride);
  const pad = padding === 'symmetric' ? Math.floor((kernelSize - 1) / 2) : 0;
  return Math.floor((length + 2 * pad - kernelSize) / stride) + 1;
}
