import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pendingChangesets, refusals } from '../may-publish.mjs';

const inCi = {
  changed: [],
  commit: 'aaaaaaaaaaaa',
  packed: 'aaaaaaaaaaaa',
  pending: [],
  ci: true,
  trusted: true,
  npm: '11.5.1',
};

describe('refusals', () => {
  it('are none in CI, nor by hand from elsewhere', () => {
    expect(refusals(inCi)).toEqual([]);
    expect(refusals({ ...inCi, ci: false }, { byHand: true })).toEqual([]);
  });

  it.each([
    ['outside of CI', { ci: false }, 'CI: publishing is its task; by hand with --by-hand'],
    ['of a tree with changes', { changed: [' M a', '?? b'] }, 'files: 2 are not committed, M a'],
    ['of other tarballs', { packed: 'bbbbbbbbbbbb' }, 'tarballs: those of bbbbbbb, takes those of'],
    ['before a version', { pending: ['x.md'] }, 'changesets: 1 wait for npm run version, x.md'],
    ['by an npm without OIDC', { npm: '11.5.0' }, 'npm: got 11.5.0, takes 11.5.1 or newer'],
  ])('%s', (_, circumstance, reason) => {
    const reasons = refusals({ ...inCi, ...circumstance });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toContain(reason);
  });

  it('let a token be used by an older npm', () => {
    expect(refusals({ ...inCi, trusted: false, npm: '10.9.0' })).toEqual([]);
  });

  it('are not lifted by --by-hand, but for CI', () => {
    const circumstances = { ...inCi, ci: false, changed: ['?? b'], pending: ['x.md'] };
    expect(refusals(circumstances, { byHand: true })).toHaveLength(2);
  });
});

describe('pendingChangesets', () => {
  let dir;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mnet-changesets-'));
    for (const name of ['README.md', 'config.json', 'b.md', 'a.md']) {
      writeFileSync(join(dir, name), '');
    }
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('are those that no version has', () => {
    expect(pendingChangesets(dir)).toEqual(['a.md', 'b.md']);
  });

  it('are without those that a prerelease has', () => {
    writeFileSync(join(dir, 'pre.json'), JSON.stringify({ mode: 'pre', changesets: ['a'] }));
    expect(pendingChangesets(dir)).toEqual(['b.md']);
  });
});
