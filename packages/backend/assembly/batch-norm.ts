// Batch normalization with its activation and an optional residual, over rows × channels (NHWC: a row is a pixel).
//
// Both ways need two passes over memory: one for the sums of each channel, one for the values. The sums are taken
// of x less the first row's value: one pass, without the cancellation of E[x²] − E[x]². Each chunk leaves a row of
// partial sums; they are added in the chunks' order, so the number of threads does not matter.
import { activate, activateGrad } from './activation';
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
  for (; c + 8 <= channels; c += 8) {
    const shift0 = v128.load(x + bytes(c)), shift1 = v128.load(x + bytes(c), 16);
    let s0 = splat(0), s1 = splat(0), q0 = splat(0), q1 = splat(0);
    let at = x + <usize>row * step + bytes(c);
    for (let r = row; r < end; r++, at += step) {
      const v0 = f32x4.sub(v128.load(at), shift0);
      const v1 = f32x4.sub(v128.load(at, 16), shift1);
      s0 = f32x4.add(s0, v0);
      s1 = f32x4.add(s1, v1);
      q0 = madd(v0, v0, q0);
      q1 = madd(v1, v1, q1);
    }
    v128.store(out + bytes(c), s0);
    v128.store(out + bytes(c), s1, 16);
    v128.store(out + step + bytes(c), q0);
    v128.store(out + step + bytes(c), q1, 16);
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
 * y = act(γ·(x − mean)·inverse + β + residual). Command: 2 x, 3 y, 4 rows, 5 channels, 6 mean, 7 inverse, 8 gamma,
 * 9 beta, 10 residual (or 0), 11 activation. Chunk = run of rows.
 */
export function batchNormApply(command: usize, chunk: i32): void {
  const channels = int(command, 5);
  const row = startOf(chunk, int(command, 1), int(command, 4));
  const end = startOf(chunk + 1, int(command, 1), int(command, 4));
  const residual = ptr(command, 10);
  const act = int(command, 11);
  const step = bytes(channels);
  for (let c = 0; c < channels; c += 4) {
    const left = channels - c;
    const mean = loadUpTo(ptr(command, 6) + bytes(c), left);
    const scale = f32x4.mul(loadUpTo(ptr(command, 7) + bytes(c), left), loadUpTo(ptr(command, 8) + bytes(c), left));
    const beta = loadUpTo(ptr(command, 9) + bytes(c), left);
    let offset = <usize>row * step + bytes(c);
    const x = ptr(command, 2);
    const y = ptr(command, 3);
    if (left < 4) {
      for (let r = row; r < end; r++, offset += step) {
        let z = madd(f32x4.sub(loadUpTo(x + offset, left), mean), scale, beta);
        if (residual != 0) z = f32x4.add(z, loadUpTo(residual + offset, left));
        storeUpTo(y + offset, activate(z, act), left);
      }
    } else if (residual != 0) {
      for (let r = row; r < end; r++, offset += step) {
        const z = madd(f32x4.sub(v128.load(x + offset), mean), scale, beta);
        v128.store(y + offset, activate(f32x4.add(z, v128.load(residual + offset)), act));
      }
    } else {
      for (let r = row; r < end; r++, offset += step) {
        v128.store(y + offset, activate(madd(f32x4.sub(v128.load(x + offset), mean), scale, beta), act));
      }
    }
  }
}

/**
 * Partial sums of g = dy·act′(z) and g·x̂. Command: 2 x, 3 partials [chunks][2][C], 4 rows, 5 channels, 6 mean,
 * 7 inverse, 8 gamma, 9 beta, 10 residual (or 0), 11 activation, 12 dy. Chunk = run of rows.
 */
export function batchNormGradSums(command: usize, chunk: i32): void {
  const channels = int(command, 5);
  const row = startOf(chunk, int(command, 1), int(command, 4));
  const end = startOf(chunk + 1, int(command, 1), int(command, 4));
  const residual = ptr(command, 10);
  const act = int(command, 11);
  const step = bytes(channels);
  const out = ptr(command, 3) + <usize>chunk * 2 * step;
  const x = ptr(command, 2);
  const dy = ptr(command, 12);
  for (let c = 0; c < channels; c += 4) {
    const left = channels - c;
    const mean = loadUpTo(ptr(command, 6) + bytes(c), left);
    const inverse = loadUpTo(ptr(command, 7) + bytes(c), left);
    const gamma = loadUpTo(ptr(command, 8) + bytes(c), left);
    const beta = loadUpTo(ptr(command, 9) + bytes(c), left);
    let s = splat(0), q = splat(0);
    let offset = <usize>row * step + bytes(c);
    if (left < 4) {
      for (let r = row; r < end; r++, offset += step) {
        const normal = f32x4.mul(f32x4.sub(loadUpTo(x + offset, left), mean), inverse);
        let z = madd(normal, gamma, beta);
        if (residual != 0) z = f32x4.add(z, loadUpTo(residual + offset, left));
        const g = activateGrad(loadUpTo(dy + offset, left), z, act);
        s = f32x4.add(s, g);
        q = madd(g, normal, q);
      }
    } else {
      for (let r = row; r < end; r++, offset += step) {
        const normal = f32x4.mul(f32x4.sub(v128.load(x + offset), mean), inverse);
        let g = v128.load(dy + offset);
        if (act != 0) {
          let z = madd(normal, gamma, beta);
          if (residual != 0) z = f32x4.add(z, v128.load(residual + offset));
          g = activateGrad(g, z, act);
        }
        s = f32x4.add(s, g);
        q = madd(g, normal, q);
      }
    }
    storeUpTo(out + bytes(c), s, left);
    storeUpTo(out + step + bytes(c), q, left);
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
 * dx = γ·inverse·(g − Σg/n − x̂·Σ(g·x̂)/n); dresidual = g. Command: as batchNormGradSums, with 3 dx,
 * 13 dresidual (or 0), 14 Σg, 15 Σ(g·x̂). Chunk = run of rows.
 */
export function batchNormGrad(command: usize, chunk: i32): void {
  const channels = int(command, 5);
  const rows = int(command, 4);
  const row = startOf(chunk, int(command, 1), rows);
  const end = startOf(chunk + 1, int(command, 1), rows);
  const residual = ptr(command, 10);
  const act = int(command, 11);
  const dresidual = ptr(command, 13);
  const step = bytes(channels);
  const x = ptr(command, 2);
  const dx = ptr(command, 3);
  const dy = ptr(command, 12);
  const share = splat(<f32>(1.0 / <f64>rows));
  for (let c = 0; c < channels; c += 4) {
    const left = channels - c;
    const mean = loadUpTo(ptr(command, 6) + bytes(c), left);
    const inverse = loadUpTo(ptr(command, 7) + bytes(c), left);
    const gamma = loadUpTo(ptr(command, 8) + bytes(c), left);
    const beta = loadUpTo(ptr(command, 9) + bytes(c), left);
    const scale = f32x4.mul(gamma, inverse);
    const meanG = f32x4.mul(loadUpTo(ptr(command, 14) + bytes(c), left), share);
    const meanQ = f32x4.neg(f32x4.mul(loadUpTo(ptr(command, 15) + bytes(c), left), share));
    let offset = <usize>row * step + bytes(c);
    if (left < 4) {
      for (let r = row; r < end; r++, offset += step) {
        const normal = f32x4.mul(f32x4.sub(loadUpTo(x + offset, left), mean), inverse);
        let z = madd(normal, gamma, beta);
        if (residual != 0) z = f32x4.add(z, loadUpTo(residual + offset, left));
        const g = activateGrad(loadUpTo(dy + offset, left), z, act);
        if (dresidual != 0) storeUpTo(dresidual + offset, g, left);
        storeUpTo(dx + offset, f32x4.mul(scale, madd(normal, meanQ, f32x4.sub(g, meanG))), left);
      }
    } else {
      for (let r = row; r < end; r++, offset += step) {
        const normal = f32x4.mul(f32x4.sub(v128.load(x + offset), mean), inverse);
        let g = v128.load(dy + offset);
        if (act != 0) {
          let z = madd(normal, gamma, beta);
          if (residual != 0) z = f32x4.add(z, v128.load(residual + offset));
          g = activateGrad(g, z, act);
        }
        if (dresidual != 0) v128.store(dresidual + offset, g);
        v128.store(dx + offset, f32x4.mul(scale, madd(normal, meanQ, f32x4.sub(g, meanG))));
      }
    }
  }
}
