import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measurementCommand, runProgram } from '@mnet/cli';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { experiment } from '../src/experiment.ts';
import type { Latencies } from '../src/measure.ts';

const dir = mkdtempSync(join(tmpdir(), 'mnet-09-latency-'));
afterAll(() => rmSync(dir, { recursive: true }));
afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
});

async function run(flags: string): Promise<{ printed: string; said: string }> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const error = vi.spyOn(console, 'error').mockImplementation(() => {});
  const args = `--runs ${dir} ${flags}`.split(' ');
  await runProgram(measurementCommand(experiment), ['node', experiment.name, ...args]);
  return { printed: log.mock.calls.flat().join('\n'), said: error.mock.calls.flat().join('\n') };
}
const written = (name: string): Latencies =>
  JSON.parse(readFileSync(join(dir, name, 'results.json'), 'utf8')) as Latencies;

describe('09-latency', () => {
  it('measures each network and width on each backend, and names what is not installed', async () => {
    const { printed } = await run(
      '--name a --networks mobilenet_v1 --widths 0.1,0.2 --backends mnet,tensorflow --repetitions 3 --cpu-repetitions 2 --warmup 1 --size 16',
    );
    expect(process.exitCode).toBeUndefined();
    const { latencies, absent, size } = written('a');
    expect(size).toBe(16);
    expect(absent).toEqual([
      { backend: 'tensorflow', install: expect.stringContaining('npm install @tensorflow/') },
    ]);
    expect(latencies.map(({ width }) => width)).toEqual([0.1, 0.2]);
    for (const { network, width, backend, repetitions, result } of latencies) {
      expect(result).toMatchObject({ model: network, width, backend, batch: 1, size: 16 });
      expect(repetitions).toBe(3);
      expect(result?.firstMs).toBeGreaterThan(0);
      expect(result?.p95Ms).toBeGreaterThanOrEqual(result?.medianMs ?? Infinity);
    }
    expect(printed).toMatch(/mobilenet_v1 +0\.2 +mnet +\d+ +3 /);
    expect(printed).toContain('not installed: tensorflow (npm install');
    const page = readFileSync(join(dir, 'a', 'report.html'), 'utf8');
    expect(page).toContain('mobilenet_v1 ×0.1');
    expect(page).not.toMatch(/<script|https?:\/\//);
  });

  it('says what a measurement failed of, and goes on', async () => {
    const { printed } = await run(
      '--name b --networks resnet18,mobilenet_v1 --widths 0.1 --backends cpu --repetitions 9 --cpu-repetitions 2 --warmup 1 --size 16 --strides 2,1,2,1,2,1,2,1,1,1,1,1,2,1',
    );
    const [resnet, v1] = written('b').latencies;
    expect(resnet?.error).toMatch(/strides: got .* for resnet18/);
    expect(resnet?.result).toBeUndefined();
    expect(v1).toMatchObject({ repetitions: 2, result: { backend: 'cpu', model: 'mobilenet_v1' } });
    expect(v1?.result?.medianMs).toBeGreaterThan(0);
    expect(printed).toContain('not measured: resnet18 ×0.1 on cpu: strides');
  });

  it.each([
    ['--networks vgg', /'vgg' is invalid/],
    ['--backends cuda', /'cuda' is invalid/],
    ['--repetitions 0', /'0' is invalid/],
    ['--cpu-repetitions 2.5', /'2\.5' is invalid/],
  ])('refuses %s', async (flags, message) => {
    const write = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    await run(`--name c ${flags}`);
    expect(write.mock.calls.flat().join('')).toMatch(message);
    expect(process.exitCode).toBe(2);
  });
});
