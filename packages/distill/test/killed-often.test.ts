import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@mnet/core/random';
import { distill } from '@mnet/distill';
import { runPaths } from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle } from '../../../tools/browser/bundle.mjs';
import { killAgainAndAgain } from '../../../tools/processes/killed.mjs';
import { killedOften, killedStudent } from './killed-often.ts';
import { figures, weightsOf } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-killed-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

it('a distillation with the memories of a contrastive loss that is killed at random ends as one that never was', async () => {
  const program = join(root, 'killed-often.mjs');
  const text = `import { main } from './killed-often.ts'; await main(process.argv.slice(2));`;
  writeFileSync(program, await bundle(text, 'node', import.meta.dirname));
  const run = join(root, 'run');
  const { checkpoints } = runPaths(run);
  const last = new Set<string>();
  const random = new Random(2);
  await killAgainAndAgain(program, [run], {
    kills: 10,
    steps: 3,
    random: () => random.uniform(),
    onKilled: () => {
      const names = existsSync(checkpoints) ? readdirSync(checkpoints) : [];
      const whole = names.filter((name) => name.endsWith('.safetensors'));
      last.add(whole.toSorted().at(-1) ?? '');
    },
  });
  expect(last.size).toBeGreaterThan(3);

  const straight = killedStudent();
  const whole = await distill(straight, killedOften());
  const model = killedStudent();
  const ended = await distill(model, { ...killedOften(), run, resume: true });
  expect(weightsOf(model)).toEqual(weightsOf(straight));
  expect(figures(ended)).toEqual(figures(whole));
  expect(ended.history.at(-1)?.terms?.['contrast']).toBeGreaterThan(0);
});
