import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const folder = join(import.meta.dirname, '..');
const readme = readFileSync(join(folder, 'README.md'), 'utf8');
const programs = [...readme.matchAll(/```js\n(.*?)```\n\n```text\n(.*?)```/gs)];

test('the README has programs', () => {
  expect(programs.length).toBe([...readme.matchAll(/```js\n/g)].length);
  expect(programs.length).toBeGreaterThan(0);
});

test.each(programs.map(([, program, output], i) => [i + 1, program as string, output as string]))(
  'program %d of the README prints what it says',
  (_, program, output) => {
    const args = ['--conditions=@mnet/source', '--import', 'tsx', '--input-type=module', '-'];
    const run = spawnSync(process.execPath, args, {
      cwd: folder,
      input: program,
      encoding: 'utf8',
    });
    expect(run.status === 0 ? run.stdout : run.stderr).toBe(output);
  },
);
