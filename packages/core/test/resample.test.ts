import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resample } from '@mnet/core/resample';

/** A picture of one channel and what Pillow makes of it; tools/oracles/resize.py says how. */
interface Golden {
  height: number;
  width: number;
  values: number[];
  /** Left, upper, right, lower. */
  box: [number, number, number, number];
  size: [number, number];
  resized: number[];
}

const file = new URL('golden/pillow/resize.json', import.meta.url);
const goldens: Golden[] = JSON.parse(readFileSync(file, 'utf8'));

describe('resizes as Pillow does', () => {
  it.each(goldens)(
    '[$height, $width], of which $box, to $size',
    ({ height, width, values, box: [left, upper, right, lower], size, resized }) => {
      const box = {
        rows: { start: upper, length: lower - upper },
        columns: { start: left, length: right - left },
      };
      const got = resample(Float32Array.from(values), [height, width, 1], box, size);
      expect(got).toHaveLength(resized.length);
      // Of values up to 255; both keep what is between rows and columns in 32 bits.
      resized.forEach((value, i) =>
        expect(Math.abs((got[i] as number) - value)).toBeLessThan(1e-4),
      );
    },
  );
});
