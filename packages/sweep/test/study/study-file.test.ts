import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { loadStudy } from '../../src/study/study-file.ts';
import { studyFrom } from '../../src/study/study.ts';

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

  it('may hold a study of another copy of the package', async () => {
    vi.resetModules();
    const copy = await import('../../src/study/study.ts');
    expect(copy.studyFrom).not.toBe(studyFrom);
    const other = copy.study({ name: 'other', seeds: 3 });
    expect(studyFrom(other, 'study')).toBe(other);
  });

  // As a study is once it was checked, with what no check lets through.
  const passed = '"metric": { "name": "validationAccuracy", "goal": "max" }, "stages": [{}]';

  it.each([
    ['missing.ts', undefined, 'there is no such file'],
    ['b.yaml', 'name: a', "got the kind '.yaml'"],
    ['b.json', '{ "name": ', 'b.json: '],
    ['b.mjs', 'export const study = 1;', 'no default export'],
    ['c.ts', 'export default {', 'c.ts: '],
    ['d.mjs', 'throw new Error("mine");', 'd.mjs: mine'],
    ['e.json', '{ "widths": [1] }', "e.json: unknown option 'widths'"],
    ['f.json', `{ "name": "../../f", ${passed} }`, "name: got '../../f', takes a name"],
    ['g.json', `{ "name": "g", ${passed} }`, 'metric: got'],
    [
      'h.mjs',
      `import { study } from '@mnet/sweep';
       export default { ...study({ name: 'h' }), name: '../../h' };`,
      "h.mjs: name: got '../../h', takes a name",
    ],
  ])('%s is refused by name', async (name, content, message) => {
    const file = content === undefined ? join(dir, name) : written(name, content);
    await expect(loadStudy(file)).rejects.toThrow(message);
  });
});
