import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadStudy } from '../../src/study/study-file.ts';

const dir = mkdtempSync(join(tmpdir(), 'mnet-study-'));
afterAll(() => rmSync(dir, { recursive: true }));

const written = (name: string, content: string): string => {
  const file = join(dir, name);
  writeFileSync(file, content);
  return file;
};

describe("a study's file", () => {
  it('is TypeScript, where @mnet/sweep need not be installed', async () => {
    const file = written(
      'a.ts',
      `import { runOf, study, type StudyOptions } from '@mnet/sweep';
       const base: StudyOptions['base'] = { epochs: 2 };
       export default study({ name: 'ts', stages: { a: { base, seeds: 2 }, b: { base: { teacher: runOf('a') }, seeds: 2 } } });`,
    );
    const { name, stages } = await loadStudy(file);
    expect([name, stages.map((stage) => stage.name)]).toEqual(['ts', ['a', 'b']]);
    expect(stages[1]?.base).toEqual({ teacher: { runOf: 'a' } });
  });

  it('is JSON', async () => {
    const file = written('a.json', '\uFEFF{ "name": "json", "grid": { "lr": [0.1, 0.2] } }');
    expect((await loadStudy(file)).stages[0]?.grid).toEqual({ lr: [0.1, 0.2] });
  });

  it('is JavaScript that exports the options alone', async () => {
    const file = written('a.mjs', 'export default { name: "plain", seeds: 3 };');
    expect((await loadStudy(file)).stages[0]?.seeds).toBe(3);
  });

  it.each([
    ['missing.ts', undefined, 'there is no such file'],
    ['b.yaml', 'name: a', "got the kind '.yaml'"],
    ['b.json', '{ "name": ', 'b.json: '],
    ['b.mjs', 'export const study = 1;', 'no default export'],
    ['c.ts', 'export default {', 'c.ts: '],
    ['d.mjs', 'throw new Error("mine");', 'd.mjs: mine'],
    ['e.json', '{ "widths": [1] }', "e.json: unknown option 'widths'"],
  ])('%s is refused by name', async (name, content, message) => {
    const file = content === undefined ? join(dir, name) : written(name, content);
    await expect(loadStudy(file)).rejects.toThrow(message);
  });
});
