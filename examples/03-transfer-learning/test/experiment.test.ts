import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ArmResult, experimentCommand, runProgram, savedModel } from '@mnet/cli';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { exampleWords } from '../../../tools/processes/start.mjs';
import { experiment } from '../src/experiment.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-03-transfer-learning-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const sizes = '--dataset shapes10 --limit 40 --batch-size 10 --epochs 3';
const small = `${sizes} --source-epochs 1 --width 0.1 --batch-norm-momentum 0.9`;
const phases = ['source', 'frozen', 'unfrozen', 'scratch'];

/** Runs it in this process, and gives what it says of an error. */
async function run(flags: string): Promise<string> {
  let said = '';
  vi.spyOn(console, 'log').mockImplementation(() => {});
  vi.spyOn(console, 'error').mockImplementation((text: string) => (said += text));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => (said += String(text)) !== '');
  await runProgram(experimentCommand(experiment), [
    'node',
    experiment.name,
    ...`--runs ${dir} ${flags}`.split(' '),
  ]);
  process.exitCode = undefined;
  vi.restoreAllMocks();
  return said;
}

const resultsOf = (name: string): ArmResult[] => {
  const file = readFileSync(join(dir, name, 'results.json'), 'utf8');
  return (JSON.parse(file) as { results: ArmResult[] }).results;
};

/** The values of a model's weights, by whether they are the classifier's. */
async function weightsOf(path: string): Promise<{ body: number[][]; head: number[][] }> {
  const model: LayersModel = await savedModel(join(dir, path), 'model');
  const values = (layers: LayersModel['layers']): number[][] =>
    layers.flatMap((layer) => layer.getWeights().map((weight) => [...weight.dataSync()]));
  return { body: values(model.layers.slice(0, -1)), head: values(model.layers.slice(-1)) };
}

describe('the phases', () => {
  it('are the source, a head on frozen layers, all layers, and as many epochs from scratch', async () => {
    expect(await run(`${small} --name whole`)).toBe('');
    expect(resultsOf('whole').map(({ arm, epochs }) => [arm, epochs])).toEqual([
      ['source', 1],
      ['frozen', 1],
      ['unfrozen', 2],
      ['scratch', 3],
    ]);
    const [source, frozen, unfrozen] = await Promise.all(
      phases.slice(0, 3).map((phase) => weightsOf(join('whole', phase))),
    );
    // Moving statistics of batch normalization are among them.
    expect(frozen?.body).toEqual(source?.body);
    expect(frozen?.head).not.toEqual(source?.head);
    expect(unfrozen?.body).not.toEqual(frozen?.body);
  });

  it('take the network of a run, whose width they have', async () => {
    expect(await run(`${sizes} --from ${join(dir, 'whole', 'source')} --name taken`)).toBe('');
    const taken = resultsOf('taken');
    expect(taken.map(({ arm, width }) => [arm, width])).toEqual([
      ['frozen', 0.1],
      ['unfrozen', 0.1],
      ['scratch', 0.1],
    ]);
    expect(await weightsOf(join('taken', 'unfrozen'))).toEqual(
      await weightsOf(join('whole', 'unfrozen')),
    );
    expect(await weightsOf(join('taken', 'scratch'))).toEqual(
      await weightsOf(join('whole', 'scratch')),
    );
  });

  it('killed in each of them and gone on with, end with the bits of one that was never killed', async () => {
    for (const phase of phases) await killedIn(phase);
    expect(await run(`--config ${join(dir, 'killed', 'flags.json')} --resume`)).toBe('');
    for (const phase of phases) {
      const files = (name: string) => {
        const model = join(dir, name, phase, 'model');
        // Their names are digests of what they hold.
        return readdirSync(model).filter((file) => file.endsWith('.bin'));
      };
      expect(files('killed')).toEqual(files('whole'));
    }
  });
});

/** Goes on with the run until it has made its first step of this phase, and kills it there. */
function killedIn(phase: string): Promise<void> {
  const program = exampleWords(new URL('../', import.meta.url).pathname);
  const flags = `${small} --checkpoint-every-steps 1 --runs ${dir} --name killed --resume`;
  const child = spawn(process.execPath, [...program, ...flags.split(' ')], {
    stdio: 'ignore',
  });
  const checkpoints = join(dir, 'killed', phase, 'checkpoints');
  const look = setInterval(() => {
    const made = existsSync(checkpoints) ? readdirSync(checkpoints) : [];
    if (made.some((file) => file.includes('step-000001.'))) child.kill('SIGKILL');
  }, 1);
  return new Promise((resolve, reject) => {
    child.on('exit', (code, signal) => {
      clearInterval(look);
      if (signal === 'SIGKILL') resolve();
      else reject(new Error(`${phase}: it ended with ${code} before it was killed`));
    });
  });
}

it.each([
  ['--epochs 1', '--epochs: got 1 of 1 epochs for the head'],
  ['--head-epochs 3 --epochs 3', '--head-epochs: got 3 of 3 epochs for the head'],
  ['--from none', '--from: got none, which holds no run'],
  ['--from none --width 0.5', "cannot be used with option '--width"],
  ['--dataset shapes10 --source cifar10 --size 48', '--size: got 48, takes 32'],
  ['--head-lr 0', 'a number above 0'],
  ['--schedule oneCycle --warmup-epochs 6', '--warmup-epochs: got 6'],
])('%s is refused before any data is loaded', async (flags, message) => {
  expect(await run(`--data-dir none --name no ${flags}`)).toContain(message);
  expect(existsSync(join(dir, 'no'))).toBe(false);
});
