// Sums over the leading or the trailing axes of a float32 matrix, and what global average pooling and channel
// scaling need.
import { bytes, float, int, ptr, startOf } from './command';
import { loadUpTo, madd, splat, storeUpTo, sumLanes } from './simd';

/** Partial sums over rows. Command: 2 x [rows, columns], 3 partials [chunks][columns], 4 rows, 5 columns. Chunk = run of rows. */
export function sumRows(command: usize, chunk: i32): void {
  const columns = int(command, 5);
  const row = startOf(chunk, int(command, 1), int(command, 4));
  const end = startOf(chunk + 1, int(command, 1), int(command, 4));
  const step = bytes(columns);
  const out = ptr(command, 3) + <usize>chunk * step;
  for (let c = 0; c < columns; c += 4) {
    const left = columns - c;
    let sum = splat(0);
    let at = ptr(command, 2) + <usize>row * step + bytes(c);
    if (left >= 4) for (let r = row; r < end; r++, at += step) sum = f32x4.add(sum, v128.load(at));
    else for (let r = row; r < end; r++, at += step) sum = f32x4.add(sum, loadUpTo(at, left));
    storeUpTo(out + bytes(c), sum, left);
  }
}

/** Sums each row, times a factor. Command: 2 x [rows, columns], 3 out [rows], 4 rows, 5 columns, 6 factor. Chunk = run of rows. */
export function sumColumns(command: usize, chunk: i32): void {
  const columns = int(command, 5);
  const end = startOf(chunk + 1, int(command, 1), int(command, 4));
  const factor = float(command, 6);
  for (let r = startOf(chunk, int(command, 1), int(command, 4)); r < end; r++) {
    const from = ptr(command, 2) + bytes(r * columns);
    let s0 = splat(0), s1 = splat(0);
    let c = 0;
    for (; c + 8 <= columns; c += 8) {
      s0 = f32x4.add(s0, v128.load(from + bytes(c)));
      s1 = f32x4.add(s1, v128.load(from + bytes(c), 16));
    }
    for (; c < columns; c += 4) s0 = f32x4.add(s0, loadUpTo(from + bytes(c), columns - c));
    store<f32>(ptr(command, 3) + bytes(r), sumLanes(f32x4.add(s0, s1)) * factor);
  }
}

/**
 * Sum over the pixels of each image, times a factor: out[n, c] = factor · Σ x[n, p, c] (· y[n, p, c]).
 * Command: 2 x, 3 out, 4 images, 5 channels, 6 pixels, 7 factor, 8 y (or 0). Chunk = run of images.
 */
export function sumPixels(command: usize, chunk: i32): void {
  const channels = int(command, 5);
  const pixels = int(command, 6);
  const factor = splat(float(command, 7));
  const y = ptr(command, 8);
  const step = bytes(channels);
  const end = startOf(chunk + 1, int(command, 1), int(command, 4));
  for (let n = startOf(chunk, int(command, 1), int(command, 4)); n < end; n++) {
    for (let c = 0; c < channels; c += 4) {
      const left = channels - c;
      let offset = <usize>(n * pixels) * step + bytes(c);
      let sum = splat(0);
      for (let p = 0; p < pixels; p++, offset += step) {
        const v = loadUpTo(ptr(command, 2) + offset, left);
        sum = y == 0 ? f32x4.add(sum, v) : madd(v, loadUpTo(y + offset, left), sum);
      }
      storeUpTo(ptr(command, 3) + bytes(n * channels + c), f32x4.mul(sum, factor), left);
    }
  }
}

/**
 * Repeats a value of each image and channel over its pixels, times a factor or times x:
 * out[n, p, c] = factor · value[n, c] (· x[n, p, c]).
 * Command: 2 value, 3 out, 4 images, 5 channels, 6 pixels, 7 factor, 8 x (or 0). Chunk = run of images.
 */
export function spreadPixels(command: usize, chunk: i32): void {
  const channels = int(command, 5);
  const pixels = int(command, 6);
  const factor = splat(float(command, 7));
  const x = ptr(command, 8);
  const step = bytes(channels);
  const end = startOf(chunk + 1, int(command, 1), int(command, 4));
  for (let n = startOf(chunk, int(command, 1), int(command, 4)); n < end; n++) {
    for (let c = 0; c < channels; c += 4) {
      const left = channels - c;
      const value = f32x4.mul(loadUpTo(ptr(command, 2) + bytes(n * channels + c), left), factor);
      let offset = <usize>(n * pixels) * step + bytes(c);
      for (let p = 0; p < pixels; p++, offset += step) {
        storeUpTo(ptr(command, 3) + offset, x == 0 ? value : f32x4.mul(value, loadUpTo(x + offset, left)), left);
      }
    }
  }
}
