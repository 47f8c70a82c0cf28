import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ArmResult, experimentCommand, runProgram } from '@mnet/cli';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { experiment } from '../src/experiment.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-07-mobilenet-v3-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const small =
  '--dataset shapes10 --limit 40 --batch-size 20 --epochs 1 --batch-norm-momentum 0.9 --name tiny';

async function resultsOf(flags: string): Promise<ArmResult[]> {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  const argv = ['node', experiment.name, '--runs', dir, ...`${small} ${flags}`.split(' ')];
  await runProgram(experimentCommand(experiment), argv);
  expect(process.exitCode).toBeUndefined();
  const file = readFileSync(join(dir, 'tiny', 'results.json'), 'utf8');
  return (JSON.parse(file) as { results: ArmResult[] }).results;
}

it('trains the networks that are chosen at each width, by the recipe', async () => {
  const [narrow, wide] = await resultsOf('--networks small --widths 0.1,0.25');
  expect(narrow).toMatchObject({ arm: 'small', width: 0.1, folder: 'small-width-0.1' });
  expect(wide).toMatchObject({ arm: 'small', width: 0.25, network: 'mobilenet_v3_small' });
  const config = readFileSync(join(dir, 'tiny', 'small-width-0.25', 'config.json'), 'utf8');
  const { model, options, objective } = JSON.parse(config) as Record<string, object>;
  expect(model).toMatchObject({
    made: { options: { strides: [1, 1, 1, 1, 2, 1, 1, 1, 1, 2, 1, 1] } },
  });
  expect(options).toMatchObject({
    dropLast: true,
    optimizer: { name: 'adamW', weightDecay: 0.05 },
    schedule: { name: 'cosine', peak: 0.003 },
  });
  expect(objective).toEqual({ name: 'crossEntropy', labelSmoothing: 0.1 });
});

it('takes the recipe whose figures it prints', async () => {
  await resultsOf(
    '--networks small --widths 0.1 --overwrite --optimizer sgd --lr 0.1 --no-nesterov --weight-decay 0 --label-smoothing 0 ' +
      '--schedule multiStep --milestones 15 --best-weights --best-weights-metric validationLoss',
  );
  const config = readFileSync(join(dir, 'tiny', 'small', 'config.json'), 'utf8');
  const { options, objective } = JSON.parse(config) as Record<string, object>;
  expect(options).toMatchObject({
    bestWeights: 'validationLoss',
    optimizer: { momentum: 0.9, nesterov: false, weightDecay: 0 },
    schedule: { name: 'multiStep', initial: 0.1, milestones: [15], gamma: 0.1 },
  });
  expect(objective).toEqual({ name: 'crossEntropy', labelSmoothing: 0 });
});

it('trains both networks, with other strides where a flag says so', async () => {
  const results = await resultsOf(
    '--networks small,large --widths 0.1,0.25 --strides cifar --overwrite',
  );
  expect(results.map(({ folder }) => folder)).toEqual([
    'small-width-0.1',
    'large-width-0.1',
    'small-width-0.25',
    'large-width-0.25',
  ]);
  const macs = (arm: string) => results.find((each) => each.arm === arm)?.macs ?? Number.NaN;
  expect(macs('large')).toBeGreaterThan(macs('small'));
});
