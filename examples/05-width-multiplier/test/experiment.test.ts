import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { experimentCommand, runProgram } from '@mnet/cli';
import { afterAll, expect, it, vi } from 'vitest';
import { experiment } from '../src/experiment.ts';

const dir = mkdtempSync(join(tmpdir(), 'mnet-05-width-multiplier-'));
afterAll(() => rmSync(dir, { recursive: true }));

it('trains at each width, each a run of its own', async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  const flags = `--dataset shapes10 --limit 40 --batch-size 20 --epochs 1 --batch-norm-momentum 0.9 --runs ${dir} --name tiny --widths 0.1,0.25`;
  await runProgram(experimentCommand(experiment), ['node', experiment.name, ...flags.split(' ')]);
  expect(process.exitCode).toBeUndefined();
  const file = readFileSync(join(dir, 'tiny', 'results.json'), 'utf8');
  const { results } = JSON.parse(file) as { results: unknown[] };
  expect(results).toEqual([
    expect.objectContaining({ arm: 'mobilenet_v2', width: 0.1 }),
    expect.objectContaining({ arm: 'mobilenet_v2', width: 0.25 }),
  ]);
  const [small, large] = results as { parameters: number }[];
  expect(small?.parameters).toBeLessThan(large?.parameters ?? 0);
  expect(readFileSync(join(dir, 'tiny', 'widths.html'), 'utf8')).toContain('width²');
  for (const width of [0.1, 0.25]) {
    const log = readFileSync(join(dir, 'tiny', `width-${width}`, 'log.jsonl'), 'utf8');
    expect(log).toContain('"event":"end"');
  }
});
