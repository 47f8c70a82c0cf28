import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { experimentCommand, runProgram } from '@mnet/cli';
import { afterAll, expect, it, vi } from 'vitest';
import { experiment } from '../src/experiment.ts';

const dir = mkdtempSync(join(tmpdir(), 'mnet-04-mobilenet-v2-'));
afterAll(() => rmSync(dir, { recursive: true }));

it('trains MobileNetV2 at the strides that it is told', async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  const flags = `--dataset shapes10 --limit 40 --batch-size 20 --epochs 1 --batch-norm-momentum 0.9 --runs ${dir} --name tiny --width 0.25`;
  await runProgram(experimentCommand(experiment), ['node', experiment.name, ...flags.split(' ')]);
  expect(process.exitCode).toBeUndefined();
  const file = readFileSync(join(dir, 'tiny', 'results.json'), 'utf8');
  const { results } = JSON.parse(file) as { results: unknown[] };
  expect(results).toEqual([
    expect.objectContaining({ arm: 'mobilenet_v2', width: 0.25, status: 'finished' }),
  ]);
  const config = readFileSync(join(dir, 'tiny', 'flags.json'), 'utf8');
  expect(JSON.parse(config)).toMatchObject({ strides: 'stem1', lr: 0.1, width: 0.25, epochs: 1 });
});
