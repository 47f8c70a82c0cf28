// Batch normalization with its activation and an optional residual, over rows × channels (NHWC: a row is a pixel).
//
// Both ways need two passes over memory: one for the sums of each channel, one for the values. The sums are taken
// of x less the first row's value: one pass, without the cancellation of E[x²] − E[x]². Each chunk leaves a row of
// partial sums; they are added in the chunks' order, so the number of threads does not matter.
import { activate, activateGrad, HARD_SIGMOID, HARD_SWISH, LINEAR, RELU, RELU6 } from './activation';
import { bytes, float, int, ptr, startOf } from './command';
import { loadUpTo, madd, splat, storeUpTo } from './simd';

/**
 * Partial sums of (x − x[0]) and (x − x[0])². Command: 2 x, 3 partials [chunks][2][C], 4 rows, 5 channels.
 * Chunk = run of rows.
 */
export function batchNormSums(command: usize, chunk: i32): void {
  const x = ptr(command, 2);
  const channels = int(command, 5);
  const row = startOf(chunk, int(command, 1), int(command, 4));
  const end = startOf(chunk + 1, int(command, 1), int(command, 4));
  const step = bytes(channels);
  const out = ptr(command, 3) + <usize>chunk * 2 * step;
  let c = 0;
  for (; c + 16 <= channels; c += 16) {
    const p = x + bytes(c);
    const h0 = v128.load(p), h1 = v128.load(p, 16), h2 = v128.load(p, 32), h3 = v128.load(p, 48);
    let s0 = splat(0), s1 = splat(0), s2 = splat(0), s3 = splat(0);
    let q0 = splat(0), q1 = splat(0), q2 = splat(0), q3 = splat(0);
    let at = x + <usize>row * step + bytes(c);
    for (let r = row; r < end; r++, at += step) {
      let v = f32x4.sub(v128.load(at), h0);
      s0 = f32x4.add(s0, v);
      q0 = madd(v, v, q0);
      v = f32x4.sub(v128.load(at, 16), h1);
      s1 = f32x4.add(s1, v);
      q1 = madd(v, v, q1);
      v = f32x4.sub(v128.load(at, 32), h2);
      s2 = f32x4.add(s2, v);
      q2 = madd(v, v, q2);
      v = f32x4.sub(v128.load(at, 48), h3);
      s3 = f32x4.add(s3, v);
      q3 = madd(v, v, q3);
    }
    const sums = out + bytes(c);
    v128.store(sums, s0);
    v128.store(sums, s1, 16);
    v128.store(sums, s2, 32);
    v128.store(sums, s3, 48);
    const squares = sums + step;
    v128.store(squares, q0);
    v128.store(squares, q1, 16);
    v128.store(squares, q2, 32);
    v128.store(squares, q3, 48);
  }
  for (; c < channels; c += 4) {
    const left = channels - c;
    const shift = loadUpTo(x + bytes(c), left);
    let s = splat(0), q = splat(0);
    let at = x + <usize>row * step + bytes(c);
    for (let r = row; r < end; r++, at += step) {
      const v = f32x4.sub(loadUpTo(at, left), shift);
      s = f32x4.add(s, v);
      q = madd(v, v, q);
    }
    storeUpTo(out + bytes(c), s, left);
    storeUpTo(out + step + bytes(c), q, left);
  }
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
  const row = startOf(chunk, int(command, 1), int(command, 4));
  const end = startOf(chunk + 1, int(command, 1), int(command, 4));
  const residual = ptr(command, 10);
  const step = bytes(channels);
  const x = ptr(command, 2);
  const y = ptr(command, 3);
  let c = 0;
  // 16 channels at a time are a cache line of every row: 8 constants, 4 values.
  for (; c + 16 <= channels; c += 16) {
    const s0 = scaleAt(command, c), s1 = scaleAt(command, c + 4), s2 = scaleAt(command, c + 8), s3 = scaleAt(command, c + 12);
    const t0 = shiftAt(command, c, s0), t1 = shiftAt(command, c + 4, s1);
    const t2 = shiftAt(command, c + 8, s2), t3 = shiftAt(command, c + 12, s3);
    let o = <usize>row * step + bytes(c);
    if (residual == 0) {
      for (let r = row; r < end; r++, o += step) {
        v128.store(y + o, activate(madd(v128.load(x + o), s0, t0), act));
        v128.store(y + o, activate(madd(v128.load(x + o, 16), s1, t1), act), 16);
        v128.store(y + o, activate(madd(v128.load(x + o, 32), s2, t2), act), 32);
        v128.store(y + o, activate(madd(v128.load(x + o, 48), s3, t3), act), 48);
      }
    } else {
      for (let r = row; r < end; r++, o += step) {
        const q = residual + o;
        v128.store(y + o, activate(f32x4.add(madd(v128.load(x + o), s0, t0), v128.load(q)), act));
        v128.store(y + o, activate(f32x4.add(madd(v128.load(x + o, 16), s1, t1), v128.load(q, 16)), act), 16);
        v128.store(y + o, activate(f32x4.add(madd(v128.load(x + o, 32), s2, t2), v128.load(q, 32)), act), 32);
        v128.store(y + o, activate(f32x4.add(madd(v128.load(x + o, 48), s3, t3), v128.load(q, 48)), act), 48);
      }
    }
  }
  for (; c < channels; c += 4) {
    const left = channels - c;
    const scale = scaleAt(command, c);
    const shift = shiftAt(command, c, scale);
    let o = <usize>row * step + bytes(c);
    for (let r = row; r < end; r++, o += step) {
      let z = madd(loadUpTo(x + o, left), scale, shift);
      if (residual != 0) z = f32x4.add(z, loadUpTo(residual + o, left));
      storeUpTo(y + o, activate(z, act), left);
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
function through(dy: v128, x: v128, scale: v128, shift: v128, residual: usize, at: usize, act: i32): v128 {
  if (act == LINEAR) return dy;
  let z = madd(x, scale, shift);
  if (residual != 0) z = f32x4.add(z, v128.load(residual + at));
  return activateGrad(dy, z, act);
}

// @ts-ignore: decorator
@inline
function gradSums(command: usize, chunk: i32, act: i32): void {
  const channels = int(command, 5);
  const row = startOf(chunk, int(command, 1), int(command, 4));
  const end = startOf(chunk + 1, int(command, 1), int(command, 4));
  const residual = ptr(command, 10);
  const step = bytes(channels);
  const out = ptr(command, 3) + <usize>chunk * 2 * step;
  const x = ptr(command, 2);
  const dy = ptr(command, 12);
  let c = 0;
  for (; c + 8 <= channels; c += 8) {
    const mean0 = v128.load(ptr(command, 6) + bytes(c)), mean1 = v128.load(ptr(command, 6) + bytes(c), 16);
    const scale0 = scaleAt(command, c), scale1 = scaleAt(command, c + 4);
    const shift0 = shiftAt(command, c, scale0), shift1 = shiftAt(command, c + 4, scale1);
    let s0 = splat(0), s1 = splat(0), q0 = splat(0), q1 = splat(0);
    let o = <usize>row * step + bytes(c);
    for (let r = row; r < end; r++, o += step) {
      const v0 = v128.load(x + o), v1 = v128.load(x + o, 16);
      const g0 = through(v128.load(dy + o), v0, scale0, shift0, residual, o, act);
      const g1 = through(v128.load(dy + o, 16), v1, scale1, shift1, residual, o + 16, act);
      s0 = f32x4.add(s0, g0);
      s1 = f32x4.add(s1, g1);
      q0 = madd(g0, f32x4.sub(v0, mean0), q0);
      q1 = madd(g1, f32x4.sub(v1, mean1), q1);
    }
    v128.store(out + bytes(c), s0);
    v128.store(out + bytes(c), s1, 16);
    v128.store(out + step + bytes(c), f32x4.mul(q0, v128.load(ptr(command, 7) + bytes(c))));
    v128.store(out + step + bytes(c), f32x4.mul(q1, v128.load(ptr(command, 7) + bytes(c), 16)), 16);
  }
  for (; c < channels; c += 4) {
    const left = channels - c;
    const mean = loadUpTo(ptr(command, 6) + bytes(c), left);
    const scale = scaleAt(command, c);
    const shift = shiftAt(command, c, scale);
    let s = splat(0), q = splat(0);
    let o = <usize>row * step + bytes(c);
    for (let r = row; r < end; r++, o += step) {
      const v = loadUpTo(x + o, left);
      let z = madd(v, scale, shift);
      if (residual != 0) z = f32x4.add(z, loadUpTo(residual + o, left));
      const g = activateGrad(loadUpTo(dy + o, left), z, act);
      s = f32x4.add(s, g);
      q = madd(g, f32x4.sub(v, mean), q);
    }
    storeUpTo(out + bytes(c), s, left);
    storeUpTo(out + step + bytes(c), f32x4.mul(q, loadUpTo(ptr(command, 7) + bytes(c), left)), left);
  }
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
  const rows = int(command, 4);
  const row = startOf(chunk, int(command, 1), rows);
  const end = startOf(chunk + 1, int(command, 1), rows);
  const residual = ptr(command, 10);
  const dresidual = ptr(command, 13);
  const step = bytes(channels);
  const x = ptr(command, 2);
  const dx = ptr(command, 3);
  const dy = ptr(command, 12);
  let c = 0;
  for (; c + 8 <= channels; c += 8) {
    const scale0 = scaleAt(command, c), scale1 = scaleAt(command, c + 4);
    const shift0 = shiftAt(command, c, scale0), shift1 = shiftAt(command, c + 4, scale1);
    const slope0 = slopeAt(command, c, scale0), slope1 = slopeAt(command, c + 4, scale1);
    const base0 = baseAt(command, c, scale0, slope0), base1 = baseAt(command, c + 4, scale1, slope1);
    let o = <usize>row * step + bytes(c);
    for (let r = row; r < end; r++, o += step) {
      const v0 = v128.load(x + o), v1 = v128.load(x + o, 16);
      const g0 = through(v128.load(dy + o), v0, scale0, shift0, residual, o, act);
      const g1 = through(v128.load(dy + o, 16), v1, scale1, shift1, residual, o + 16, act);
      if (dresidual != 0) {
        v128.store(dresidual + o, g0);
        v128.store(dresidual + o, g1, 16);
      }
      v128.store(dx + o, madd(scale0, g0, madd(slope0, v0, base0)));
      v128.store(dx + o, madd(scale1, g1, madd(slope1, v1, base1)), 16);
    }
  }
  for (; c < channels; c += 4) {
    const left = channels - c;
    const scale = scaleAt(command, c);
    const shift = shiftAt(command, c, scale);
    const slope = slopeAt(command, c, scale);
    const base = baseAt(command, c, scale, slope);
    let o = <usize>row * step + bytes(c);
    for (let r = row; r < end; r++, o += step) {
      const v = loadUpTo(x + o, left);
      let z = madd(v, scale, shift);
      if (residual != 0) z = f32x4.add(z, loadUpTo(residual + o, left));
      const g = activateGrad(loadUpTo(dy + o, left), z, act);
      if (dresidual != 0) storeUpTo(dresidual + o, g, left);
      storeUpTo(dx + o, madd(scale, g, madd(slope, v, base)), left);
    }
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
