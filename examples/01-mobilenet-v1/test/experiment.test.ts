import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { experimentCommand, runProgram } from '@mnet/cli';
import { afterAll, expect, it, vi } from 'vitest';
import { experiment } from '../src/experiment.ts';

const dir = mkdtempSync(join(tmpdir(), 'mnet-01-mobilenet-v1-'));
afterAll(() => rmSync(dir, { recursive: true }));

it('trains MobileNetV1 and writes what it got', async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  const flags = `--dataset shapes10 --limit 40 --batch-size 20 --epochs 1 --batch-norm-momentum 0.9 --runs ${dir} --name tiny --width 0.25`;
  await runProgram(experimentCommand(experiment), ['node', experiment.name, ...flags.split(' ')]);
  expect(process.exitCode).toBeUndefined();
  const file = readFileSync(join(dir, 'tiny', 'results.json'), 'utf8');
  const { results } = JSON.parse(file) as { results: unknown[] };
  expect(results).toEqual([
    expect.objectContaining({
      arm: 'mobilenet_v1',
      width: 0.25,
      seed: 1,
      epochs: 1,
      status: 'finished',
    }),
  ]);
  expect(readFileSync(join(dir, 'tiny', 'model', 'model.json'), 'utf8')).toContain(
    '"mobilenet_v1"',
  );
});
