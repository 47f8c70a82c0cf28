/** Rows [y0, y1) and columns [x0, x1) of a picture; none where empty. */
export interface Rectangle {
  y0: number;
  y1: number;
  x0: number;
  x1: number;
}

/** Sets a rectangle of the picture that stands in `out` from `offset` on, rows of `width` pixels, to 0. */
export function clearRectangle(
  { y0, y1, x0, x1 }: Rectangle,
  width: number,
  channels: number,
  out: Float32Array,
  offset: number,
): void {
  if (x0 >= x1) return;
  for (let y = y0; y < y1; y++) {
    const row = offset + y * width * channels;
    out.fill(0, row + x0 * channels, row + x1 * channels);
  }
}
