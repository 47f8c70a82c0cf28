import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measurementCommand, runProgram } from '@mnet/cli';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { Costs } from '../src/costs.ts';
import { experiment } from '../src/experiment.ts';
import { agrees, published } from '../src/published.ts';

const dir = mkdtempSync(join(tmpdir(), 'mnet-10-cost-'));
afterAll(() => rmSync(dir, { recursive: true }));
afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
});

async function run(flags: string): Promise<{ costs: Costs; printed: string; page: string }> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const args = `--runs ${dir} --overwrite ${flags}`.trim().split(' ');
  await runProgram(measurementCommand(experiment), ['node', experiment.name, ...args]);
  expect(process.exitCode).toBeUndefined();
  const read = (file: string): string => readFileSync(join(dir, '10-cost', file), 'utf8');
  const printed = log.mock.calls.flat().join('\n');
  return { costs: JSON.parse(read('results.json')) as Costs, printed, page: read('report.html') };
}

describe('10-cost', () => {
  it('agrees with all that the paper prints, and works its layer out', async () => {
    const { costs, printed, page } = await run('');
    const compared = costs.grid.flatMap((cell) => cell.published ?? []);
    expect(compared).toHaveLength(published.length);
    expect(compared.every((row) => row.agrees)).toBe(true);
    expect(printed).not.toMatch(/\bNO\b/);
    expect(costs.grid).toHaveLength(16);
    expect(costs.grid.find((c) => c.width === 1 && c.resolution === 160)).toMatchObject({
      params: 4_231_976,
      published: { macs: 290, accuracy: 0.672 },
    });
    expect(costs.layer).toMatchObject({
      standard: 1_228_800,
      depthwise: 4_800,
      pointwise: 49_152,
      separable: 53_952,
    });
    expect(costs.layer.ratio).toBeCloseTo(costs.layer.formula, 12);
    expect(costs.layer.ratio).toBeCloseTo(0.0439, 4);
    expect(page).toContain('MobileNetV1 by width and resolution');
    expect(page).not.toMatch(/<script|https?:\/\//);
  });

  it('counts other widths, sizes and layers, of which the paper prints nothing', async () => {
    const { costs, printed } = await run(
      '--widths 1,0.5 --resolutions 32 --classes 10 --kernel 3 --output-channels 64',
    );
    expect(costs.whole[0]).toMatchObject({
      width: 1,
      normalCnn: { params: 28_279_338 },
      mobilenetV1: { params: 3_217_226 },
    });
    expect(costs.whole[0]?.timesParams).toBeCloseTo(8.79, 2);
    expect(costs.grid.every((cell) => cell.published === undefined)).toBe(true);
    expect(costs.networks).toHaveLength(12);
    expect(costs.layer.formula).toBeCloseTo(1 / 64 + 1 / 9, 12);
    expect(printed).toContain('28,279,338');
  });
});

it('tells figures that are not the paper’s', () => {
  const [first] = published;
  expect(agrees({ macs: 568.7e6, params: 4_231_976 }, first!)).toBe(true);
  expect(agrees({ macs: 570.1e6, params: 4_231_976 }, first!)).toBe(false);
  expect(agrees({ macs: 568.7e6, params: 4_331_976 }, first!)).toBe(false);
});
