import type { Random } from '@mnet/core/random';
import { type Outline, REACH } from './outlines.ts';

type Color = readonly [red: number, green: number, blue: number];

/** Room for one picture while it is drawn. */
export interface Canvas {
  /** RGB, 0..255, not yet rounded or clipped. */
  readonly pixels: Float32Array;
  /** A random draw for each of them. */
  readonly noise: Uint32Array;
}

/** Room for a picture of `size` × `size` pixels, to be used again for each. */
export function createCanvas(size: number): Canvas {
  const values = size * size * 3;
  return { pixels: new Float32Array(values), noise: new Uint32Array(values) };
}

/**
 * Draws one picture of `size` × `size` pixels into `out` from `offset`: a ground of two colours and a
 * wave, strokes and specks that mean nothing, the shape with its own texture, at a random place, size,
 * rotation and stretch, a stroke across it in a third of the pictures, and noise.
 *
 * @param canvas overwritten.
 */
export function drawShape(
  outline: Outline,
  random: Random,
  size: number,
  canvas: Canvas,
  out: Uint8Array,
  offset: number,
): void {
  const scale = size / 32;
  drawGround(random, size, scale, canvas.pixels);
  const clutter = 1 + random.below(4);
  for (let i = 0; i < clutter; i++) drawStroke(random, size, scale, canvas.pixels);
  drawFigure(outline, random, size, scale, canvas.pixels);
  if (random.below(3) === 0) drawStroke(random, size, scale, canvas.pixels);
  finish(random, canvas, out, offset);
}

function drawGround(random: Random, size: number, scale: number, pixels: Float32Array): void {
  const from = randomColor(random, 20, 130);
  const to = randomColor(random, 20, 130);
  const [gx, gy] = direction(random);
  const [wx, wy] = direction(random);
  const frequency = random.between(0.15, 0.9) / scale;
  const height = random.between(0, 20);
  const phase = random.between(0, 1);
  let o = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const t = 0.5 + (gx * (x / size - 0.5) + gy * (y / size - 0.5)) * 0.7;
      const w = height * triangleWave((wx * x + wy * y) * frequency * 0.16 + phase);
      pixels[o] = from[0] + (to[0] - from[0]) * t + w;
      pixels[o + 1] = from[1] + (to[1] - from[1]) * t + w;
      pixels[o + 2] = from[2] + (to[2] - from[2]) * t + w;
      o += 3;
    }
  }
}

/** A line segment with round ends, or a speck where it is short. */
function drawStroke(random: Random, size: number, scale: number, pixels: Float32Array): void {
  const x0 = random.between(0, size);
  const y0 = random.between(0, size);
  const [dx, dy] = direction(random);
  const length = random.between(0, 15) * scale;
  const radius = random.between(0.5, 1.8) * scale;
  const color = randomColor(random, 40, 200);
  const reach = radius + 1;
  const x1 = x0 + dx * length;
  const y1 = y0 + dy * length;
  const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
  const right = Math.min(size - 1, Math.ceil(Math.max(x0, x1) + reach));
  const bottom = Math.min(size - 1, Math.ceil(Math.max(y0, y1) + reach));
  for (let y = Math.max(0, Math.floor(Math.min(y0, y1) - reach)); y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const along = Math.min(length, Math.max(0, (x - x0) * dx + (y - y0) * dy));
      const ox = x - x0 - along * dx;
      const oy = y - y0 - along * dy;
      const distance = Math.sqrt(ox * ox + oy * oy) - radius;
      blend(pixels, 3 * (y * size + x), color, 0.5 - distance, 0);
    }
  }
}

function drawFigure(
  outline: Outline,
  random: Random,
  size: number,
  scale: number,
  pixels: Float32Array,
): void {
  const radius = random.between(8, 13) * scale;
  const stretch = random.between(0.8, 1.25);
  const room = Math.max(0, size / 2 - radius * 0.9);
  const cx = size / 2 - 0.5 + random.between(-room, room);
  const cy = size / 2 - 0.5 + random.between(-room, room);
  // A turn of at most 45 degrees either way, as the tangent of the angle.
  const tangent = random.between(-1, 1);
  const rx = 1 / Math.sqrt(1 + tangent * tangent);
  const ry = tangent * rx;
  const color = randomColor(random, 170, 256);
  const [sx, sy] = direction(random);
  const stripes = random.between(0.1, 0.35) / scale;
  const depth = random.below(2) === 0 ? 0 : random.between(10, 50);
  const limit = (REACH + 0.5 / radius) ** 2;
  const reach = radius * Math.sqrt(limit) * Math.max(stretch, 1 / stretch);
  const left = Math.max(0, Math.floor(cx - reach));
  const right = Math.min(size - 1, Math.ceil(cx + reach));
  const bottom = Math.min(size - 1, Math.ceil(cy + reach));
  for (let y = Math.max(0, Math.floor(cy - reach)); y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const dx = (x - cx) / radius;
      const dy = (y - cy) / radius;
      const u = (rx * dx + ry * dy) * stretch;
      const v = (rx * dy - ry * dx) / stretch;
      if (u * u + v * v > limit) continue;
      const coverage = 0.5 - outline(u, v) * radius;
      if (coverage <= 0) continue;
      const shade = depth * triangleWave((sx * x + sy * y) * stripes);
      blend(pixels, 3 * (y * size + x), color, coverage, shade);
    }
  }
}

/** Adds noise, shifts and scales the brightness, and rounds to bytes. */
function finish(random: Random, { pixels, noise }: Canvas, out: Uint8Array, offset: number): void {
  // A sum of four uniform bytes is close to normal: mean 510, deviation sqrt(4 · (256² - 1) / 12).
  const spread = random.between(3, 14) / 147.8;
  const gain = random.between(0.7, 1.1);
  const base = 127.5 + random.between(-25, 25) - 127.5 * gain - 510 * spread + 0.5;
  random.nextInto(noise);
  for (let i = 0; i < pixels.length; i++) {
    const r = noise[i]!;
    const sum = (r & 255) + ((r >>> 8) & 255) + ((r >>> 16) & 255) + (r >>> 24);
    const value = pixels[i]! * gain + sum * spread + base;
    out[offset + i] = value < 0 ? 0 : value > 255 ? 255 : value;
  }
}

function blend(
  pixels: Float32Array,
  o: number,
  color: Color,
  coverage: number,
  shade: number,
): void {
  const alpha = Math.min(1, coverage);
  if (alpha <= 0) return;
  for (let c = 0; c < 3; c++) {
    pixels[o + c] = pixels[o + c]! + (color[c]! + shade - pixels[o + c]!) * alpha;
  }
}

/** A colour of random hue whose brightest channel is in [low, high). */
function randomColor(random: Random, low: number, high: number): Color {
  const value = random.between(low, high);
  const color: [number, number, number] = [
    value * random.between(0.35, 1),
    value * random.between(0.35, 1),
    value * random.between(0.35, 1),
  ];
  color[random.below(3)] = value;
  return color;
}

/** A uniformly random direction, by rejection: square roots are exact everywhere, sines are not. */
function direction(random: Random): readonly [number, number] {
  for (;;) {
    const x = random.between(-1, 1);
    const y = random.between(-1, 1);
    const square = x * x + y * y;
    if (square > 0.01 && square <= 1) {
      const length = Math.sqrt(square);
      return [x / length, y / length];
    }
  }
}

/** Rises from -1 to 1 and falls again over each unit of `t`. */
function triangleWave(t: number): number {
  return 4 * Math.abs(t - Math.floor(t) - 0.5) - 1;
}
