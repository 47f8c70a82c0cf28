// Packs the right-hand matrix of a product into panels of 8 columns: panel p holds, for each k, the 8 values of
// columns 8p to 8p + 7, zeros past the last. Chunk = panel.
import { bytes, int, ptr } from './command';
import { splat } from './simd';
import { PANEL } from './tile';

/** The largest float count a panel row holds. */
const ROW: usize = 32;

/** Writes the columns of four vectors that lie `step` bytes apart to vectors `toStep` bytes apart. */
// @ts-ignore: decorator
@inline
export function transposed(from: usize, step: usize, to: usize, toStep: usize): void {
  const a = v128.load(from);
  const b = v128.load((from += step));
  const c = v128.load((from += step));
  const d = v128.load(from + step);
  const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab01, cd01, 0, 1, 4, 5));
  v128.store((to += toStep), v128.shuffle<f32>(ab01, cd01, 2, 3, 6, 7));
  v128.store((to += toStep), v128.shuffle<f32>(ab23, cd23, 0, 1, 4, 5));
  v128.store(to + toStep, v128.shuffle<f32>(ab23, cd23, 2, 3, 6, 7));
}

/**
 * Command: 2 source, 3 packed, 4 outer (taps), 5 inner (k within a tap), 6 columns,
 * 7/8/9 floats from a tap / inner / column to the next in the source, 10 kernel width to reverse within (or 0).
 *
 * Reversed: tap (ky, kx) comes where (ky, width − 1 − kx) was, which is the order in which the gradient of a
 * convolution of stride 1 meets ascending columns.
 */
export function packPanels(command: usize, chunk: i32): void {
  const taps = int(command, 4);
  const inner = int(command, 5);
  const columns = int(command, 6);
  const tapStep = bytes(int(command, 7));
  const innerStep = bytes(int(command, 8));
  const columnStep = bytes(int(command, 9));
  const reverse = int(command, 10);
  const first = chunk * PANEL;
  const width = min(PANEL, columns - first);
  const source = ptr(command, 2) + <usize>first * columnStep;
  let to = ptr(command, 3) + bytes(chunk * PANEL * taps * inner);
  for (let t = 0; t < taps; t++) {
    const tap = reverse > 0 ? t - (t % reverse) + (reverse - 1 - (t % reverse)) : t;
    let from = source + <usize>tap * tapStep;
    if (columnStep == 4 && width == PANEL) {
      for (let i = 0; i < inner; i++, from += innerStep, to += ROW) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      }
    } else {
      let i = 0;
      // A transposed matrix: inner steps are neighbours, so four of them by four columns make a square.
      if (innerStep == 4 && width == PANEL) {
        for (; i + 4 <= inner; i += 4, from += 16, to += 4 * ROW) {
          transposed(from, columnStep, to, ROW);
          transposed(from + 4 * columnStep, columnStep, to + 16, ROW);
        }
      }
      for (; i < inner; i++, from += innerStep, to += ROW) {
        v128.store(to, splat(0));
        v128.store(to, splat(0), 16);
        let at = from;
        for (let j = 0; j < width; j++, at += columnStep) store<f32>(to + bytes(j), load<f32>(at));
      }
    }
  }
}
