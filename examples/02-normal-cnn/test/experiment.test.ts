import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { experimentCommand, runProgram } from '@mnet/cli';
import { afterAll, expect, it, vi } from 'vitest';
import { experiment } from '../src/experiment.ts';

const dir = mkdtempSync(join(tmpdir(), 'mnet-02-normal-cnn-'));
afterAll(() => rmSync(dir, { recursive: true }));

it('compares NormalCNN with MobileNetV1 of the same widths', async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  const flags = `--dataset shapes10 --limit 40 --batch-size 20 --epochs 1 --batch-norm-momentum 0.9 --runs ${dir} --name tiny --width 0.125`;
  await runProgram(experimentCommand(experiment), ['node', experiment.name, ...flags.split(' ')]);
  expect(process.exitCode).toBeUndefined();
  const file = readFileSync(join(dir, 'tiny', 'results.json'), 'utf8');
  const { results } = JSON.parse(file) as { results: unknown[] };
  expect(results).toHaveLength(2);
  const [plain, separable] = results as { arm: string; parameters: number; macs: number }[];
  expect([plain?.arm, separable?.arm]).toEqual(['normal_cnn', 'mobilenet_v1']);
  // The paper's 1/N + 1/9 of the separation, but for the stem and the classifier.
  expect((plain?.macs ?? 0) / (separable?.macs ?? 1)).toBeGreaterThan(4);
  expect((plain?.parameters ?? 0) / (separable?.parameters ?? 1)).toBeGreaterThan(4);
});
