import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { inStep } from '../in-step.mjs';
import { notesOf, sectionOf } from '../notes.mjs';

const { getDependencyReleaseLine, getReleaseLine } = createRequire(import.meta.url)(
  '../changelog.cjs',
);
const repository = 'https://example.org/mnet';
const link = `([1234567](${repository}/commit/123456789))`;

describe('the changelogs', () => {
  it('have each change with a link to its commit', async () => {
    const summary = 'First line\ngoes on.\n\nA paragraph.\n';
    expect(await getReleaseLine({ summary, commit: '123456789' }, 'minor', { repository })).toBe(
      `\n- First line\n  goes on.\n\n  A paragraph. ${link}`,
    );
    expect(await getReleaseLine({ summary: 'New.' }, 'minor', { repository })).toBe('\n- New.');
  });

  it('say once what they need of the others', async () => {
    const updated = ['a', 'b'].map((name) => ({ name, newVersion: '1.3.0' }));
    expect(await getDependencyReleaseLine([], updated)).toBe(
      '\n- The packages of mnet that this one needs are those of 1.3.0.',
    );
    expect(await getDependencyReleaseLine([], [])).toBe('');
  });
});

const changelog = (...parts) =>
  ['# a', ...parts, '## 1.2.0', '### Patch Changes', '- Old.'].join('\n\n');
const needs = '- The packages of mnet that this one needs are those of 1.3.0.';

describe('the notes of a release', () => {
  it('are of the section of one version', () => {
    const text = changelog('## 1.3.0', '### Minor Changes', '- New.\n\n  More.', '- Also.');
    expect(sectionOf(text, '1.3.0')).toEqual({ 'Minor Changes': ['- New.\n\n  More.', '- Also.'] });
    expect(sectionOf(text, '1.2.0')).toEqual({ 'Patch Changes': ['- Old.'] });
    expect(sectionOf(text, '9.0.0')).toEqual({});
  });

  it('have each change once, under its greatest heading, with its packages', () => {
    const notes = notesOf(
      {
        a: changelog('## 1.3.0', '### Patch Changes', '- Shared.', needs),
        b: changelog('## 1.3.0', '### Minor Changes', '- Shared.', '### Patch Changes', '- Own.'),
        c: changelog('## 1.3.0'),
      },
      '1.3.0',
    );
    expect(notes).toBe(
      '## Minor Changes\n\n- `a`, `b`: Shared.\n\n## Patch Changes\n\n- `b`: Own.\n',
    );
  });

  it('say so where there is nothing to tell', () => {
    expect(notesOf({ a: changelog('## 1.3.0', '### Patch Changes', needs) }, '1.3.0')).toBe(
      'No changes that users notice.\n',
    );
  });
});

describe('inStep', () => {
  it('takes the ranges of our packages to the version, and no others', () => {
    const manifest = {
      dependencies: { '@mnet/core': '^0.1.0', other: '^0.1.0' },
      devDependencies: { '@mnet/data': '^0.1.0' },
    };
    expect(inStep(manifest, ['@mnet/core', '@mnet/data'], '0.1.1')).toEqual({
      dependencies: { '@mnet/core': '^0.1.1', other: '^0.1.0' },
      devDependencies: { '@mnet/data': '^0.1.1' },
    });
    expect(inStep(manifest, ['@mnet/core', '@mnet/data'], '0.1.0')).toBeUndefined();
  });
});
