import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@mnet/core/random';
import { readRun, runPaths, train } from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle } from '../../../tools/browser/bundle.mjs';
import { killAgainAndAgain } from '../../../tools/processes/killed.mjs';
import { killedModel, killedOften } from './killed-often.ts';
import { eventsIn, scalarsOf } from './event-reader.ts';
import { figures, tinySplits, weightsOf } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-killed-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

it('a run that is killed at 20 random instants ends as one that never was', async () => {
  const program = join(root, 'killed-often.mjs');
  const text = `import { main } from './killed-often.ts'; await main(process.argv.slice(2));`;
  writeFileSync(program, await bundle(text, 'node', import.meta.dirname));
  const run = join(root, 'run');
  const { checkpoints } = runPaths(run);
  const last: string[] = [];
  const random = new Random(1);
  await killAgainAndAgain(program, [run], {
    kills: 20,
    steps: 3,
    random: () => random.uniform(),
    onKilled: () => {
      const names = existsSync(checkpoints) ? readdirSync(checkpoints) : [];
      const whole = names.filter((name) => name.endsWith('.safetensors'));
      // One more where it died before it had removed the oldest.
      expect(whole.length).toBeLessThanOrEqual(3);
      last.push(whole.toSorted().at(-1) ?? '');
    },
  });
  expect(last).toEqual(last.toSorted());
  expect(new Set(last).size).toBeGreaterThan(5);
  const steps = last.map((name) => Number(/step-(\d+)/.exec(name)?.[1]));
  expect(steps.every((step) => Number.isNaN(step) || step % 2 === 0)).toBe(true);
  expect(steps.some((step) => step % 4 !== 0)).toBe(true);
  expect(readdirSync(checkpoints)).toEqual([
    'epoch-0021-step-000086.safetensors',
    'epoch-0022-step-000088.safetensors',
  ]);

  const straight = killedModel();
  const whole = await train(straight, tinySplits(), { ...killedOften, run: join(root, 'whole') });
  const model = killedModel();
  const ended = await train(model, tinySplits(), { ...killedOften, run, resume: true });
  expect(weightsOf(model)).toEqual(weightsOf(straight));
  expect(figures(ended)).toEqual(figures(whole));
  expect(figures({ history: readRun(run).epochs })).toEqual(figures(whole));
  expect(ended.test).toEqual(whole.test);
  expect(ended.record.details).toEqual(whole.record.details);
  expect(ended.record.steps).toEqual(whole.record.steps);
  // The events are those of one run too, read as TensorBoard reads them.
  const curve = (tag: string) => scalarsOf(eventsIn(run), tag);
  expect(curve('step/loss')).toEqual(
    ended.record.steps?.map(({ step, loss }) => [step, Math.fround(loss)]),
  );
  expect(curve('validation/loss')).toEqual(
    ended.history.map(({ step, validationLoss }) => [step, Math.fround(validationLoss as number)]),
  );
  expect(curve('test/accuracy')).toEqual([[88, Math.fround(ended.test?.accuracy as number)]]);
  expect(ended.best.epoch).toBe(whole.best.epoch);
});
