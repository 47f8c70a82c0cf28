import type { Operation } from './picture.ts';
import { byTable } from './table.ts';

/** Keeps the upper bits of each byte, so many. */
export function posterize(bits: number): Operation {
  const mask = 0xff & ~(2 ** (8 - bits) - 1);
  return byTable(() => (value) => value & mask);
}

/** Inverts the bytes from `threshold` on. */
export function solarize(threshold: number): Operation {
  return byTable(() => (value) => (value < threshold ? value : 255 - value));
}

/** Stretches each channel to the whole range of bytes. */
export const autoContrast: Operation = /* @__PURE__ */ byTable((histogram) => {
  const low = histogram.findIndex((count) => count > 0);
  const high = histogram.findLastIndex((count) => count > 0);
  if (high <= low) return (value) => value;
  const scale = 255 / (high - low);
  const offset = -low * scale;
  return (value) => Math.min(255, Math.max(0, Math.trunc(value * scale + offset)));
});

/** Makes each channel's values about equally frequent. */
export const equalize: Operation = /* @__PURE__ */ byTable((histogram) => {
  const counts = histogram.filter((count) => count > 0);
  const step = Math.floor((sum(counts) - counts.at(-1)!) / 255);
  if (counts.length <= 1 || step === 0) return (value) => value;
  let below = Math.floor(step / 2);
  const levels = histogram.map((count) => {
    const level = Math.floor(below / step);
    below += count;
    return Math.min(255, level);
  });
  return (value) => levels[value]!;
});

function sum(values: Uint32Array): number {
  return values.reduce((total, value) => total + value, 0);
}
