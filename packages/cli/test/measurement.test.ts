import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { html } from '@mnet/bench';
import { type Measurement, measurementCommand, benchProcess } from '@mnet/cli';
import { integer, optional, options } from '@mnet/core/options';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { inProcess, type Outcome } from './helpers/mnet.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-measurement-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const squares: Measurement<{ readonly upTo: number }> = {
  name: '99-squares',
  description: 'Counts squares.',
  own: {
    declared: options({ upTo: optional(integer({ min: 1 }), 3) }),
    flags: { upTo: ['--up-to <n>', 'the last number'] },
  },
  async measure({ upTo }, { keep }) {
    const list = Array.from({ length: upTo }, (_, i) => (i + 1) ** 2);
    await keep({ squares: list.slice(0, 1) });
    if (upTo === 13) throw new Error('up-to: got 13, takes any other');
    return {
      results: { squares: list },
      text: `squares: ${list.join(' ')}`,
      page: { title: 'Squares', main: html`<p>${list.join(' ')}</p>` },
    };
  },
};

const run = (...args: string[]): Promise<Outcome> =>
  inProcess(measurementCommand(squares), ['--runs', dir, ...args]);
const file = (name: string, path: string): string => readFileSync(join(dir, name, path), 'utf8');

describe('a measurement', () => {
  it('prints its table, and writes results, flags and page', async () => {
    const { stdout, status } = await run('--up-to', '4');
    expect(status).toBe(0);
    expect(stdout).toContain('squares: 1 4 9 16\n');
    expect(stdout).toContain(join(dir, '99-squares', 'report.html'));
    expect(JSON.parse(file('99-squares', 'results.json'))).toEqual({ squares: [1, 4, 9, 16] });
    expect(file('99-squares', 'report.html')).toContain('<p>1 4 9 16</p>');
    const flags = join(dir, '99-squares', 'flags.json');
    expect(JSON.parse(readFileSync(flags, 'utf8'))).toMatchObject({ upTo: 4 });
    await run('--config', flags, '--name', 'again');
    expect(file('again', 'results.json')).toBe(file('99-squares', 'results.json'));
  });

  it('prints JSON alone where it is asked to', async () => {
    const { stdout } = await run('--name', 'json', '--json', '-');
    expect(JSON.parse(stdout)).toEqual({ squares: [1, 4, 9] });
  });

  it('replaces results only where it shall', async () => {
    await run('--name', 'kept', '--up-to', '2');
    const refused = await run('--name', 'kept', '--up-to', '5');
    expect(refused.stderr).toMatch(/kept\/results\.json is there already; give --overwrite/);
    expect(refused.status).toBe(1);
    expect(JSON.parse(file('kept', 'results.json'))).toEqual({ squares: [1, 4] });
    await run('--name', 'kept', '--up-to', '5', '--overwrite');
    expect(JSON.parse(file('kept', 'results.json'))).toEqual({ squares: [1, 4, 9, 16, 25] });
  });

  it('leaves what it has so far where it fails', async () => {
    const { stderr, status } = await run('--name', 'failed', '--up-to', '13');
    expect(stderr).toContain('error: up-to: got 13');
    expect(status).toBe(1);
    expect(JSON.parse(file('failed', 'results.json'))).toEqual({ squares: [1] });
    expect(existsSync(join(dir, 'failed', 'report.html'))).toBe(false);
  });

  it('refuses keys and values that it does not have', async () => {
    const config = join(dir, 'config.json');
    writeFileSync(config, JSON.stringify({ epochs: 3 }));
    expect((await run('--config', config)).stderr).toMatch(/unknown key 'epochs', takes upTo/);
    expect((await run('--up-to', '0')).status).toBe(2);
  });

  it('only checks its flags where it is asked to', async () => {
    const { stdout, status } = await run('--check', '--up-to', '4', '--name', 'checked');
    expect({ stdout, status }).toEqual({ stdout: 'the flags fit\n', status: 0 });
    expect(existsSync(join(dir, 'checked'))).toBe(false);
    expect((await run('--check', '--up-to', '0')).status).toBe(2);
  });
});

describe('mnet-bench as a process of its own', () => {
  it('says what it said, and how it ended', async () => {
    const version = await benchProcess(['--version']);
    expect(version).toMatchObject({ status: 0, stdout: `${manifest.version}\n`, stderr: '' });
    const wrong = await benchProcess(['cost', '--model', 'vgg']);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain("'vgg' is invalid");
  });

  it('ends where it is told to', async () => {
    const reason = new Error('enough');
    await expect(benchProcess(['--version'], AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
