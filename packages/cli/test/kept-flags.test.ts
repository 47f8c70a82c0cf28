import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addConfigFlag, addRunFlags, addTrainingFlags } from '@mnet/cli';
import type { TrainInfo } from '@mnet/train';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { keepFlags, keptFlags, sayHowToGoOn } from '../src/runs/kept-flags.ts';

let dir: string;
const before = process.cwd();
beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'mnet-kept-')));
  process.chdir(dir);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
afterAll(() => {
  process.chdir(before);
  rmSync(dir, { recursive: true, force: true });
});

const parsed = (...args: string[]): Command =>
  addConfigFlag(addRunFlags(addTrainingFlags(new Command('train')), 'run')).parse(args, {
    from: 'user',
  });

/** A run's folder, with the flags that it was made with. */
function folder(name: string, flags?: unknown): string {
  const made = join(dir, name);
  mkdirSync(made, { recursive: true });
  if (flags !== undefined) {
    writeFileSync(
      join(made, 'flags.json'),
      typeof flags === 'string' ? flags : JSON.stringify(flags),
    );
  }
  return made;
}

const kept = (run: string): unknown =>
  JSON.parse(readFileSync(join(run, 'flags.json'), 'utf8')) as unknown;

describe('a run’s flags', () => {
  const begin = async (run: string, command: Command, anew?: boolean): Promise<void> => {
    await keepFlags(run, command, anew).onTrainBegin?.({} as TrainInfo);
  };

  it('are kept when it begins, without those of going on', async () => {
    const run = folder('kept');
    await begin(run, parsed('--epochs', '7', '--overwrite'));
    expect(kept(run)).toMatchObject({ epochs: 7, runs: join(dir, 'runs') });
    expect(kept(run)).not.toHaveProperty('overwrite');
    expect(keptFlags(run)).toEqual(kept(run));
  });

  it('stay when it goes on, unless they are to be written anew', async () => {
    const run = folder('on', { epochs: 7 });
    await begin(run, parsed('--epochs', '9', '--resume'));
    expect(kept(run)).toEqual({ epochs: 7 });
    await begin(run, parsed('--epochs', '9', '--resume'), true);
    expect(kept(run)).toMatchObject({ epochs: 9 });
    // Of a run that replaces it, or that was stopped before they were written.
    await begin(run, parsed('--epochs', '11', '--overwrite'));
    expect(kept(run)).toMatchObject({ epochs: 11 });
    const bare = folder('bare');
    await begin(bare, parsed('--epochs', '13', '--resume'));
    expect(kept(bare)).toMatchObject({ epochs: 13 });
  });

  it('are none where no command made it, and named where they are broken', () => {
    expect(keptFlags(folder('program'))).toBeUndefined();
    const broken = folder('broken', '{"epochs":');
    expect(() => keptFlags(broken)).toThrow(`${join(broken, 'flags.json')}: `);
    expect(() => keptFlags(folder('list', [1]))).toThrow('takes an object');
  });
});

describe('a run that was stopped', () => {
  const said = (run: string, command: Command, start?: string): unknown => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    sayHowToGoOn(run, command, start);
    expect(error).toHaveBeenCalledOnce();
    return error.mock.calls[0]?.[0];
  };

  it('says the command that goes on with it', () => {
    vi.stubEnv('npm_lifecycle_event', undefined);
    const run = folder('stopped run', {});
    const line = "--config 'stopped run/flags.json' --resume";
    expect(said(run, parsed())).toBe(`stopped; to go on: mnet train ${line}`);
    vi.restoreAllMocks();
    expect(said(run, parsed('--resume', '--allow-other-build'), 'node main.ts')).toBe(
      `stopped; to go on: node main.ts ${line} --allow-other-build`,
    );
    vi.restoreAllMocks();
    vi.stubEnv('npm_lifecycle_event', 'npx');
    expect(said(run, parsed())).toBe(`stopped; to go on: npx @mnet/cli train ${line}`);
  });

  it('names a folder elsewhere by its whole path', () => {
    vi.stubEnv('npm_lifecycle_event', undefined);
    const run = folder('elsewhere', {});
    process.chdir(folder('below'));
    const line = said(run, parsed());
    process.chdir(dir);
    expect(line).toBe(`stopped; to go on: mnet train --config ${run}/flags.json --resume`);
  });

  it('is begun anew where it had not begun', () => {
    expect(said(folder('early'), parsed())).toBe(
      'stopped before the run began; give the same command again',
    );
  });
});
