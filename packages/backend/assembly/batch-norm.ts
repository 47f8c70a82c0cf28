// Batch normalization with its activation and an optional residual, over rows × channels (NHWC: a row is a pixel).
//
// Both ways need two passes over memory: one for the sums of each channel, one for the values. The sums are taken
// of x less the first row's value: one pass, without the cancellation of E[x²] − E[x]². Each chunk leaves a row of
// partial sums; they are added in the chunks' order, so the number of threads does not matter.
//
// All passes walk the rows in the order of memory, four at a time, and keep what belongs to a channel in the L1
// cache: a walk along one group of channels touches a line a row, and comes eight times slower from outer caches.
import { activate, activateGrad, HARD_SIGMOID, HARD_SWISH, LINEAR, RELU, RELU6 } from './activation';
import { bytes, float, int, ptr, startOf } from './command';
import { scratch } from './pool';
import { loadUpTo, madd, splat, storeUpTo } from './simd';

/** Rows that share a channel's constants and sums. */
const ROWS: i32 = 4;

/** Channels whose constants (at most four a channel) lie in a thread's scratch memory at a time. */
const BLOCK: i32 = 4096;

/**
 * Partial sums of (x − x[0]) and (x − x[0])². Command: 2 x, 3 partials [chunks][2][C], 4 rows, 5 channels.
 * Chunk = run of rows.
 */
export function batchNormSums(command: usize, chunk: i32): void {
  const x = ptr(command, 2);
  const channels = int(command, 5);
  const end = startOf(chunk + 1, int(command, 1), int(command, 4));
  const step = bytes(channels);
  const out = ptr(command, 3) + <usize>chunk * 2 * step;
  memory.fill(out, 0, 2 * step);
  let r = startOf(chunk, int(command, 1), int(command, 4));
  for (; r < end; r += ROWS) {
    const at = x + <usize>r * step;
    if (end - r >= ROWS) addRows(ROWS, x, at, out, channels);
    else for (let i = r; i < end; i++) addRows(1, x, x + <usize>i * step, out, channels);
  }
}

// @ts-ignore: decorator
@inline
function addRows(rows: i32, first: usize, at: usize, out: usize, channels: i32): void {
  let c = 0;
  for (; c + 4 <= channels; c += 4) addValues(rows, first, at, out, channels, c, 4);
  if (c < channels) addValues(rows, first, at, out, channels, c, channels - c);
}

// @ts-ignore: decorator
@inline
function addValues(rows: i32, first: usize, at: usize, out: usize, channels: i32, c: i32, left: i32): void {
  const o = bytes(c);
  const step = bytes(channels);
  const shift = loadUpTo(first + o, left);
  let s = loadUpTo(out + o, left);
  let q = loadUpTo(out + step + o, left);
  at += o;
  for (let i = 0; i < rows; i++, at += step) {
    const v = f32x4.sub(loadUpTo(at, left), shift);
    s = f32x4.add(s, v);
    q = madd(v, v, q);
  }
  storeUpTo(out + o, s, left);
  storeUpTo(out + step + o, q, left);
}

/**
 * Adds the partial sums; moves the running statistics. Command: 2 x (its first row is the shift), 3 partials,
 * 4 rows, 5 channels, 6 number of partials, 7 mean, 8 inverse deviation, 9 moving mean (or 0),
 * 10 moving variance (or 0), 11 epsilon, 12 momentum. One chunk.
 */
export function batchNormStatistics(command: usize, chunk: i32): void {
  const channels = int(command, 5);
  const parts = int(command, 6);
  const rows = <f64>int(command, 4);
  const epsilon = <f64>float(command, 11);
  const momentum = <f64>float(command, 12);
  const movingMean = ptr(command, 9);
  const movingVariance = ptr(command, 10);
  const unbias = rows > 1 ? rows / (rows - 1) : 1;
  for (let c = 0; c < channels; c++) {
    let s: f64 = 0;
    let q: f64 = 0;
    let at = ptr(command, 3) + bytes(c);
    for (let p = 0; p < parts; p++, at += bytes(2 * channels)) {
      s += load<f32>(at);
      q += load<f32>(at + bytes(channels));
    }
    s /= rows;
    const variance = <f64>max<f64>(q / rows - s * s, 0);
    const mean = <f64>load<f32>(ptr(command, 2) + bytes(c)) + s;
    store<f32>(ptr(command, 7) + bytes(c), <f32>mean);
    store<f32>(ptr(command, 8) + bytes(c), <f32>(1 / Math.sqrt(variance + epsilon)));
    if (movingMean == 0) continue;
    const m = movingMean + bytes(c);
    const v = movingVariance + bytes(c);
    store<f32>(m, <f32>((1 - momentum) * load<f32>(m) + momentum * mean));
    store<f32>(v, <f32>((1 - momentum) * load<f32>(v) + momentum * variance * unbias));
  }
}

/**
 * y = act(γ·(x − mean)·inverse + β + residual), as x·scale + shift. Command: 2 x, 3 y, 4 rows, 5 channels, 6 mean,
 * 7 inverse, 8 gamma, 9 beta, 10 residual (or 0), 11 activation. Chunk = run of rows.
 */
export function batchNormApply(command: usize, chunk: i32): void {
  // A copy of the loop for each activation: a test on every value would cost more than the value.
  switch (int(command, 11)) {
    case LINEAR: apply(command, chunk, LINEAR); break;
    case RELU: apply(command, chunk, RELU); break;
    case RELU6: apply(command, chunk, RELU6); break;
    case HARD_SIGMOID: apply(command, chunk, HARD_SIGMOID); break;
    default: apply(command, chunk, HARD_SWISH);
  }
}

// @ts-ignore: decorator
@inline
function apply(command: usize, chunk: i32, act: i32): void {
  const channels = int(command, 5);
  const end = startOf(chunk + 1, int(command, 1), int(command, 4));
  const step = bytes(channels);
  const scales = scratch;
  const shifts = scratch + bytes(BLOCK);
  for (let from = 0; from < channels; from += BLOCK) {
    const to = min(channels, from + BLOCK);
    const size = bytes(to - from);
    for (let c = from; c < to; c += 4) {
      const scale = scaleAt(command, c);
      v128.store(scales + bytes(c - from), scale);
      v128.store(shifts + bytes(c - from), shiftAt(command, c, scale));
    }
    for (let r = startOf(chunk, int(command, 1), int(command, 4)); r < end; r++) {
      const at = <usize>r * step + bytes(from);
      const x = ptr(command, 2) + at;
      const y = ptr(command, 3) + at;
      const residual = ptr(command, 10) == 0 ? <usize>0 : ptr(command, 10) + at;
      let o: usize = 0;
      if (residual == 0) {
        for (; o + 16 <= size; o += 16) {
          const z = madd(v128.load(x + o), v128.load(scales + o), v128.load(shifts + o));
          v128.store(y + o, activate(z, act));
        }
      } else {
        for (; o + 16 <= size; o += 16) {
          const z = madd(v128.load(x + o), v128.load(scales + o), v128.load(shifts + o));
          v128.store(y + o, activate(f32x4.add(z, v128.load(residual + o)), act));
        }
      }
      if (o < size) {
        const left = <i32>((size - o) >> 2);
        let z = madd(loadUpTo(x + o, left), v128.load(scales + o), v128.load(shifts + o));
        if (residual != 0) z = f32x4.add(z, loadUpTo(residual + o, left));
        storeUpTo(y + o, activate(z, act), left);
      }
    }
  }
}

/** γ·inverse of four channels (words 7 and 8). */
// @ts-ignore: decorator
@inline
function scaleAt(command: usize, c: i32): v128 {
  const left = int(command, 5) - c;
  return f32x4.mul(loadUpTo(ptr(command, 7) + bytes(c), left), loadUpTo(ptr(command, 8) + bytes(c), left));
}

/** β − mean·scale of four channels (words 6 and 9). */
// @ts-ignore: decorator
@inline
function shiftAt(command: usize, c: i32, scale: v128): v128 {
  const left = int(command, 5) - c;
  const mean = loadUpTo(ptr(command, 6) + bytes(c), left);
  return f32x4.sub(loadUpTo(ptr(command, 9) + bytes(c), left), f32x4.mul(mean, scale));
}

/**
 * Partial sums of g = dy·act′(z) and g·x̂. Command: 2 x, 3 partials [chunks][2][C], 4 rows, 5 channels, 6 mean,
 * 7 inverse, 8 gamma, 9 beta, 10 residual (or 0), 11 activation, 12 dy. Chunk = run of rows.
 */
export function batchNormGradSums(command: usize, chunk: i32): void {
  switch (int(command, 11)) {
    case LINEAR: gradSums(command, chunk, LINEAR); break;
    case RELU: gradSums(command, chunk, RELU); break;
    case RELU6: gradSums(command, chunk, RELU6); break;
    case HARD_SIGMOID: gradSums(command, chunk, HARD_SIGMOID); break;
    default: gradSums(command, chunk, HARD_SWISH);
  }
}

/** g of four values: z is not computed where the activation does not need it. */
// @ts-ignore: decorator
@inline
function through(
  dy: v128, x: v128, scale: v128, shift: v128, residual: usize, at: usize, act: i32, left: i32,
): v128 {
  if (act == LINEAR) return dy;
  let z = madd(x, scale, shift);
  if (residual != 0) z = f32x4.add(z, loadUpTo(residual + at, left));
  return activateGrad(dy, z, act);
}

// @ts-ignore: decorator
@inline
function gradSums(command: usize, chunk: i32, act: i32): void {
  const channels = int(command, 5);
  const end = startOf(chunk + 1, int(command, 1), int(command, 4));
  const step = bytes(channels);
  const out = ptr(command, 3) + <usize>chunk * 2 * step;
  memory.fill(out, 0, 2 * step);
  for (let from = 0; from < channels; from += BLOCK) {
    const to = min(channels, from + BLOCK);
    for (let c = from; c < to; c += 4) {
      const scale = scaleAt(command, c);
      const at = scratch + (bytes(c - from) << 1);
      v128.store(at, scale);
      v128.store(at, shiftAt(command, c, scale), 16);
    }
    for (let r = startOf(chunk, int(command, 1), int(command, 4)); r < end; r += ROWS) {
      if (end - r >= ROWS) gradSumRows(command, ROWS, act, r, out, from, to);
      else for (let i = r; i < end; i++) gradSumRows(command, 1, act, i, out, from, to);
    }
  }
  for (let c = 0; c < channels; c += 4) {
    const at = out + step + bytes(c);
    const left = channels - c;
    storeUpTo(at, f32x4.mul(loadUpTo(at, left), loadUpTo(ptr(command, 7) + bytes(c), left)), left);
  }
}

// @ts-ignore: decorator
@inline
function gradSumRows(command: usize, rows: i32, act: i32, row: i32, out: usize, from: i32, to: i32): void {
  const step = bytes(int(command, 5));
  const at = <usize>row * step;
  const x = ptr(command, 2) + at;
  const dy = ptr(command, 12) + at;
  const mean = ptr(command, 6);
  const residual = ptr(command, 10) == 0 ? <usize>0 : ptr(command, 10) + at;
  let c = from;
  let constants = scratch;
  for (; c + 4 <= to; c += 4, constants += 32) {
    gradSumValues(constants, rows, act, x, dy, mean, residual, out, step, c, 4);
  }
  if (c < to) gradSumValues(constants, rows, act, x, dy, mean, residual, out, step, c, to - c);
}

// @ts-ignore: decorator
@inline
function gradSumValues(
  constants: usize, rows: i32, act: i32, x: usize, dy: usize, means: usize, residual: usize, out: usize, step: usize, c: i32, left: i32,
): void {
  const scale = v128.load(constants), shift = v128.load(constants, 16);
  const o = bytes(c);
  const mean = loadUpTo(means + o, left);
  const sums = out + o;
  let s = loadUpTo(sums, left);
  let q = loadUpTo(sums + step, left);
  const o1 = o + step, o2 = o1 + step, o3 = o2 + step;
  const v0 = loadUpTo(x + o, left);
  const g0 = through(loadUpTo(dy + o, left), v0, scale, shift, residual, o, act, left);
  s = f32x4.add(s, g0);
  q = madd(g0, f32x4.sub(v0, mean), q);
  // Written out: as a loop it takes half as long again.
  if (rows == ROWS) {
    const v1 = loadUpTo(x + o1, left);
    const g1 = through(loadUpTo(dy + o1, left), v1, scale, shift, residual, o1, act, left);
    const v2 = loadUpTo(x + o2, left);
    const g2 = through(loadUpTo(dy + o2, left), v2, scale, shift, residual, o2, act, left);
    const v3 = loadUpTo(x + o3, left);
    const g3 = through(loadUpTo(dy + o3, left), v3, scale, shift, residual, o3, act, left);
    s = f32x4.add(f32x4.add(s, g1), f32x4.add(g2, g3));
    q = madd(g3, f32x4.sub(v3, mean), madd(g2, f32x4.sub(v2, mean), madd(g1, f32x4.sub(v1, mean), q)));
  }
  storeUpTo(sums, s, left);
  storeUpTo(sums + step, q, left);
}

/** Adds pairs of partial sums. Command: 2 partials [parts][2][C], 3 first sums, 4 second sums, 5 channels, 6 parts. One chunk. */
export function sumPairs(command: usize, chunk: i32): void {
  const channels = int(command, 5);
  const parts = int(command, 6);
  for (let c = 0; c < channels; c++) {
    let s: f64 = 0;
    let q: f64 = 0;
    let at = ptr(command, 2) + bytes(c);
    for (let p = 0; p < parts; p++, at += bytes(2 * channels)) {
      s += load<f32>(at);
      q += load<f32>(at + bytes(channels));
    }
    store<f32>(ptr(command, 3) + bytes(c), <f32>s);
    store<f32>(ptr(command, 4) + bytes(c), <f32>q);
  }
}

/**
 * dx = γ·inverse·(g − Σg/n − x̂·Σ(g·x̂)/n) as scale·g + slope·x + base; dresidual = g. Command: as
 * batchNormGradSums, with 3 dx, 13 dresidual (or 0), 14 Σg, 15 Σ(g·x̂). Chunk = run of rows.
 */
export function batchNormGrad(command: usize, chunk: i32): void {
  switch (int(command, 11)) {
    case LINEAR: grad(command, chunk, LINEAR); break;
    case RELU: grad(command, chunk, RELU); break;
    case RELU6: grad(command, chunk, RELU6); break;
    case HARD_SIGMOID: grad(command, chunk, HARD_SIGMOID); break;
    default: grad(command, chunk, HARD_SWISH);
  }
}

// @ts-ignore: decorator
@inline
function grad(command: usize, chunk: i32, act: i32): void {
  const channels = int(command, 5);
  const end = startOf(chunk + 1, int(command, 1), int(command, 4));
  for (let from = 0; from < channels; from += BLOCK) {
    const to = min(channels, from + BLOCK);
    for (let c = from; c < to; c += 4) {
      const scale = scaleAt(command, c);
      const slope = slopeAt(command, c, scale);
      const at = scratch + (bytes(c - from) << 2);
      v128.store(at, scale);
      v128.store(at, shiftAt(command, c, scale), 16);
      v128.store(at, slope, 32);
      v128.store(at, baseAt(command, c, scale, slope), 48);
    }
    for (let r = startOf(chunk, int(command, 1), int(command, 4)); r < end; r += ROWS) {
      if (end - r >= ROWS) gradRows(command, ROWS, act, r, from, to);
      else for (let i = r; i < end; i++) gradRows(command, 1, act, i, from, to);
    }
  }
}

// @ts-ignore: decorator
@inline
function gradRows(command: usize, rows: i32, act: i32, row: i32, from: i32, to: i32): void {
  const step = bytes(int(command, 5));
  const at = <usize>row * step;
  const x = ptr(command, 2) + at;
  const dy = ptr(command, 12) + at;
  const dx = ptr(command, 3) + at;
  const residual = ptr(command, 10) == 0 ? <usize>0 : ptr(command, 10) + at;
  const dresidual = ptr(command, 13) == 0 ? <usize>0 : ptr(command, 13) + at;
  let c = from;
  let constants = scratch;
  for (; c + 4 <= to; c += 4, constants += 64) {
    gradValues(constants, rows, act, x, dy, dx, residual, dresidual, step, c, 4);
  }
  if (c < to) gradValues(constants, rows, act, x, dy, dx, residual, dresidual, step, c, to - c);
}

// @ts-ignore: decorator
@inline
function gradValues(
  constants: usize, rows: i32, act: i32, x: usize, dy: usize, dx: usize, residual: usize, dresidual: usize, step: usize, c: i32, left: i32,
): void {
  const scale = v128.load(constants), shift = v128.load(constants, 16);
  const slope = v128.load(constants, 32), base = v128.load(constants, 48);
  let o = bytes(c);
  for (let i = 0; i < rows; i++, o += step) {
    const v = loadUpTo(x + o, left);
    const g = through(loadUpTo(dy + o, left), v, scale, shift, residual, o, act, left);
    if (dresidual != 0) storeUpTo(dresidual + o, g, left);
    storeUpTo(dx + o, madd(scale, g, madd(slope, v, base)), left);
  }
}

/** −scale·inverse·Σ(g·x̂)/n. */
// @ts-ignore: decorator
@inline
function slopeAt(command: usize, c: i32, scale: v128): v128 {
  const left = int(command, 5) - c;
  const share = splat(<f32>(-1.0 / <f64>int(command, 4)));
  const sum = f32x4.mul(loadUpTo(ptr(command, 15) + bytes(c), left), loadUpTo(ptr(command, 7) + bytes(c), left));
  return f32x4.mul(f32x4.mul(sum, share), scale);
}

/** −scale·Σg/n − slope·mean. */
// @ts-ignore: decorator
@inline
function baseAt(command: usize, c: i32, scale: v128, slope: v128): v128 {
  const left = int(command, 5) - c;
  const share = splat(<f32>(-1.0 / <f64>int(command, 4)));
  const mean = loadUpTo(ptr(command, 6) + bytes(c), left);
  const sum = f32x4.mul(loadUpTo(ptr(command, 14) + bytes(c), left), share);
  return f32x4.sub(f32x4.mul(scale, sum), f32x4.mul(slope, mean));
}

/** 1 / √(variance + ε). Command: 2 variance, 3 out, 4 channels, 5 epsilon. One chunk. */
export function inverseDeviation(command: usize, chunk: i32): void {
  const channels = int(command, 4);
  const epsilon = splat(float(command, 5));
  for (let c = 0; c < channels; c += 4) {
    const left = channels - c;
    const variance = f32x4.add(loadUpTo(ptr(command, 2) + bytes(c), left), epsilon);
    storeUpTo(ptr(command, 3) + bytes(c), f32x4.div(splat(1), f32x4.sqrt(variance)), left);
  }
}
