// Losses of a batch of logits with their gradients, one pass a row. Exponentials are taken in double precision:
// a batch of logits is small, and the loss then agrees with a reference to float32's last digits.
import { bytes, float, int, ptr } from './command';

/** log Σ exp(scale · z) of a row. */
function logSumExp(row: usize, classes: i32, scale: f64): f64 {
  let top = -Infinity;
  for (let k = 0; k < classes; k++) top = max<f64>(top, scale * load<f32>(row + bytes(k)));
  let sum: f64 = 0;
  for (let k = 0; k < classes; k++) sum += Math.exp(scale * load<f32>(row + bytes(k)) - top);
  return top + Math.log(sum);
}

/** The place of the largest number of a row, the first where several are. */
function largest(row: usize, classes: i32): i32 {
  let place = 0;
  for (let k = 1; k < classes; k++) {
    if (load<f32>(row + bytes(k)) > load<f32>(row + bytes(place))) place = k;
  }
  return place;
}

/**
 * Softmax cross-entropy. Command: 2 logits, 3 labels (int32), 4 loss, 5 gradient, 6 batch, 7 classes,
 * 8 label smoothing, 9 count of the rows whose largest logit, the first of equal ones, is the label's. One chunk.
 */
export function softmaxCrossEntropy(command: usize, chunk: i32): void {
  const batch = int(command, 6);
  const classes = int(command, 7);
  const smoothing = <f64>float(command, 8);
  const each = smoothing / <f64>classes;
  const share = 1 / <f64>batch;
  let loss: f64 = 0;
  let hits: f32 = 0;
  for (let n = 0; n < batch; n++) {
    const row = ptr(command, 2) + bytes(n * classes);
    const gradient = ptr(command, 5) + bytes(n * classes);
    const label = load<i32>(ptr(command, 3) + bytes(n));
    // A label out of range leaves its row with the smoothing alone, as a one-hot row of zeros does.
    const total = <u32>label < <u32>classes ? 1.0 : smoothing;
    if (largest(row, classes) == label) hits += 1;
    const norm = logSumExp(row, classes, 1);
    for (let k = 0; k < classes; k++) {
      const target = each + (k == label ? 1 - smoothing : 0);
      const logP = <f64>load<f32>(row + bytes(k)) - norm;
      // A target of 0 takes no part, even where log p is −∞.
      if (target != 0) loss -= target * logP;
      store<f32>(gradient + bytes(k), <f32>((total * Math.exp(logP) - target) * share));
    }
  }
  store<f32>(ptr(command, 4), <f32>(loss * share));
  store<f32>(ptr(command, 9), hits);
}

/**
 * T²·KL(teacher ‖ student). Command: 2 student, 3 teacher, 4 loss, 5 gradient by the student, 6 batch, 7 classes,
 * 8 temperature. One chunk.
 */
export function distillation(command: usize, chunk: i32): void {
  const batch = int(command, 6);
  const classes = int(command, 7);
  const temperature = <f64>float(command, 8);
  const scale = 1 / temperature;
  const share = 1 / <f64>batch;
  let loss: f64 = 0;
  for (let n = 0; n < batch; n++) {
    const student = ptr(command, 2) + bytes(n * classes);
    const teacher = ptr(command, 3) + bytes(n * classes);
    const gradient = ptr(command, 5) + bytes(n * classes);
    const normS = logSumExp(student, classes, scale);
    const normT = logSumExp(teacher, classes, scale);
    for (let k = 0; k < classes; k++) {
      const logS = scale * load<f32>(student + bytes(k)) - normS;
      const logT = scale * load<f32>(teacher + bytes(k)) - normT;
      const target = Math.exp(logT);
      if (target != 0) loss += target * (logT - logS);
      store<f32>(gradient + bytes(k), <f32>((Math.exp(logS) - target) * temperature * share));
    }
  }
  store<f32>(ptr(command, 4), <f32>(loss * temperature * temperature * share));
}
