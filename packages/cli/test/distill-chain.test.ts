import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRun } from '@mnet/train';
import { afterAll, expect, it } from 'vitest';
import { mnet } from './helpers/mnet.ts';

const dir = mkdtempSync(join(tmpdir(), 'mnet-chain-'));
afterAll(() => rmSync(dir, { recursive: true }));

const distill = (line: string) =>
  mnet(
    ...`distill --dataset shapes10 --limit 40 --batch-size 20 --epochs 1 --batch-norm-momentum 0.9 --strides paper --teacher mobilenet_v1 --teacher-width 0.2 --teacher-strides paper --width 0.1 --runs ${dir} ${line}`.split(
      ' ',
    ),
  );

it('distils along assistants and generations, with losses for each pair of networks', async () => {
  const line =
    '--student mobilenet_v1 --assistants mobilenet_v1:0.15 --generations 2 --method hint --name a';
  const { stdout, status } = await distill(line);
  expect(status).toBe(0);
  expect(stdout).toMatch(/agreement.*\n.*\nteacher .*\nstudent .*\nstudent .*\nstudent /);
  const chain = ['assistant-1', 'generation-1', ''].map((folder) =>
    readRun(join(dir, 'a', folder)),
  );
  const parameters = chain.map(({ objective }) => {
    return (objective['teacher'] as { parameters: number }).parameters;
  });
  // Each is taught by the one before it.
  const taught = chain.map(({ summary }) => summary?.[1]?.['parameters']);
  expect(parameters.slice(1)).toEqual(taught.slice(0, -1));
  expect(taught[1]).toBe(taught[2]);
  expect(parameters[0]).toBeGreaterThan(parameters[1] as number);

  const again = await distill(line);
  expect(again.stderr).toContain('is there already');
});

it.each([
  ['--student mobilenet_v1 --assistants vgg', 'takes networks with their widths'],
  ['--student mobilenet_v1 --assistants mobilenet_v1:', 'takes networks with their widths'],
  ['--student mobilenet_v1 --assistants mobilenet_v1:0', 'takes networks with their widths'],
  ['--student mobilenet_v1 --generations 0', 'whole number from 1'],
])('refuses %s', async (line, message) => {
  const { stderr, status } = await distill(`${line} --name no`);
  expect(stderr.toLowerCase()).toContain(message.toLowerCase());
  expect(status).not.toBe(0);
});

it('is paused between epochs of its student alone, and goes on to the bits of one that was not', async () => {
  const line = '--student mobilenet_v1 --epochs 2 --teacher-epochs 2';
  expect((await distill(`${line} --name whole`)).status).toBe(0);
  const paused = await distill(`${line} --pause-after 1 --name paused`);
  expect([paused.status, paused.stderr]).toEqual([
    0,
    expect.stringMatching(/stopped; to go on: .*distill --config .*paused.flags\.json --resume\n$/),
  ]);
  const states = ['paused/teacher', 'paused'].map((run) => readRun(join(dir, run)).status);
  expect(states).toEqual(['finished', 'stopped']);
  const config = join(dir, 'paused', 'flags.json');
  const on = await mnet('distill', '--config', config, '--resume');
  expect([on.status, on.stderr]).toEqual([0, '']);
  const weights = (run: string): string[] =>
    readdirSync(join(dir, run, 'model')).filter((name) => name.endsWith('.bin'));
  // Their files have the digests of what they hold in their names.
  expect(weights('paused')).toEqual(weights('whole'));
  const { test: one } = readRun(join(dir, 'whole'));
  expect(readRun(join(dir, 'paused')).test).toEqual(one);
});
