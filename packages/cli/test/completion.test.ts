import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandLine, mnet, mnetAt } from './helpers/mnet.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-completion-'));
  mkdirSync(join(dir, 'runs/first'), { recursive: true });
  writeFileSync(join(dir, 'one.jpg'), '');
  writeFileSync(join(dir, '.hidden'), '');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What `mnet complete` offers after these words, without the descriptions; the last line says how. */
async function offered(...typed: string[]): Promise<string[]> {
  const { stdout, status } = await mnetAt(dir, ['complete', '--', ...typed]);
  expect(status).toBe(0);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')[0] as string);
}

describe('completion', () => {
  it('offers commands', async () => {
    expect(await offered('')).toEqual(
      expect.arrayContaining([
        'train',
        'distill',
        'evaluate',
        'classify',
        'models',
        'cost',
        'bench',
      ]),
    );
    expect(await offered('tr')).toEqual(['train', ':4']);
    expect(await offered('bench', 'l')).toEqual(['latency', ':4']);
  });

  it('offers flags', async () => {
    expect(await offered('train', '--batch')).toEqual([
      '--batch-norm-momentum',
      '--batch-size',
      ':4',
    ]);
    expect(await offered('bench', 'latency', '--no-')).toEqual(['--no-deploy', ':4']);
    expect(await offered('train', '--no-flip', '--warm')).toEqual(['--warmup-epochs', ':4']);
  });

  it('offers choices, and names beside which other values are taken', async () => {
    expect(await offered('train', '--dataset', 'c')).toEqual(['cifar10', 'cifar100', ':4']);
    expect(await offered('distill', '--teacher', 'res')).toEqual(['resnet18', ':4']);
    expect(await offered('train', '--strides', '')).toEqual(['paper', 'stem1', 'cifar', ':4']);
    expect(await offered('train', '--epochs', '')).toEqual([':4']);
  });

  it('offers paths', async () => {
    expect(await offered('train', '--config', '')).toEqual(['one.jpg', 'runs/', ':4']);
    expect(await offered('train', '--model', 'r')).toEqual(['resnet18', 'runs/', ':4']);
    expect(await offered('evaluate', 'runs/')).toEqual(['runs/first/', ':6']);
    expect(await offered('classify', 'runs/first', './o')).toEqual(['./one.jpg', ':4']);
    expect(await offered('classify', 'nowhere/')).toEqual([':4']);
  });

  it.each(['bash', 'zsh', 'fish', 'powershell'])('prints a script for %s', async (shell) => {
    const { stdout, status } = await mnet('completion', shell);
    expect(status).toBe(0);
    expect(stdout).toMatch(/mnet complete '?--/);
  });

  it('refuses another shell', async () => {
    expect(await mnet('completion', 'tcsh')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Allowed choices are zsh, bash, fish, powershell') as unknown,
    });
  });

  it('works in bash, asked as bash asks', async () => {
    const { stdout: script } = await mnet('completion', 'bash');
    writeFileSync(join(dir, 'completion.bash'), script);
    // What bash-completion and an interactive shell bring.
    const shell = `
      mnet() { ${commandLine.map((word) => `"${word}"`).join(' ')} "$@"; }
      _get_comp_words_by_ref() { words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=\${words[cword]}; prev=\${words[cword-1]}; }
      compopt() { :; }
      . ./completion.bash
      COMP_WORDS=(mnet train --dataset c); COMP_CWORD=3
      __mnet_complete
      echo "\${COMPREPLY[*]}"
      complete -p mnet`;
    const said = execFileSync('bash', ['-c', shell], { cwd: dir, encoding: 'utf8' });
    expect(said).toBe('cifar10 cifar100\ncomplete -F __mnet_complete mnet\n');
  });
});
