// The norm of all gradients together. Squares are summed in double precision: a float's square may be none.
import { bytes, float, int, ptr } from './command';
import { arrayOf, endOfRun, rowOf, startOfRun } from './table';

/** The sum of a chunk's squares. Command: 2 table, 3 rows, 4 sums (f64, one a chunk). The table's p is what is squared. */
export function squareSums(command: usize, chunk: i32): void {
  const row = rowOf(command, chunk);
  const start = startOfRun(row, chunk);
  const end = endOfRun(row, start);
  const x = arrayOf(row, 0);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const four = v128.load(x + bytes(i));
    const a = f64x2.promote_low_f32x4(four);
    const b = f64x2.promote_low_f32x4(v128.shuffle<f64>(four, four, 1, 0));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const pair = f64x2.add(low, high);
  let total = f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
  for (; i < end; i++) {
    const value = <f64>load<f32>(x + bytes(i));
    total += value * value;
  }
  store<f64>(ptr(command, 4) + (<usize>chunk << 3), total);
}

/**
 * out = scale · min(1, most / (scale·√Σ sums + epsilon)). Command: 2 sums, 3 their number, 4 scale or 0, 5 out, 6 most,
 * 7 epsilon. One chunk.
 */
export function clipScale(command: usize, chunk: i32): void {
  const count = int(command, 3);
  let total: f64 = 0;
  for (let i = 0; i < count; i++) total += load<f64>(ptr(command, 2) + (<usize>i << 3));
  const at = ptr(command, 4);
  const scale: f64 = at == 0 ? 1 : <f64>load<f32>(at);
  const factor = <f64>float(command, 6) / (scale * Math.sqrt(total) + <f64>float(command, 7));
  // A NaN is not below 1, and stays one.
  store<f32>(ptr(command, 5), <f32>(scale * (factor >= 1 ? 1 : factor)));
}
