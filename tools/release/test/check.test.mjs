import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemsOf, problemsOfAddon } from '../check.mjs';
import { differences, integrity, readTarball } from '../tarball.mjs';

const files = new Map([
  ['LICENSE', '1'],
  ['README.md', '2'],
]);
const release = { version: '1.2.0', names: new Set(['@mnet/core', '@mnet/ops']) };
const ops = {
  name: '@mnet/ops',
  version: '1.2.0',
  dependencies: { '@mnet/core': '^1.2.0', other: '^4.0.0' },
};

describe('a tarball', () => {
  it('is right', () => {
    expect(problemsOf({ manifest: ops, files }, release)).toEqual([]);
  });

  it.each([
    [{ version: '1.1.0' }, 'version: got 1.1.0, takes 1.2.0 as the others'],
    [{ private: true }, 'private: npm would not publish it'],
    [
      { dependencies: { '@mnet/core': '^1.1.9 <1.2.0' } },
      '@mnet/core: got ^1.1.9 <1.2.0, takes a range that has 1.2.0: npm run version',
    ],
    [
      { peerDependencies: { other: 'file:../other' } },
      'other: got file:../other, takes a range of versions',
    ],
    [
      { optionalDependencies: { '@mnet/gone': '^1.2.0' } },
      '@mnet/gone: needed, but not among what is published',
    ],
  ])('with %j is refused', (change, problem) => {
    expect(problemsOf({ manifest: { ...ops, ...change }, files }, release)).toEqual([problem]);
  });

  it('without licence or README is refused', () => {
    expect(problemsOf({ manifest: ops, files: new Map() }, release)).toEqual([
      'LICENSE: missing',
      'README.md: missing',
    ]);
  });
});

describe('the tarball of an addon', () => {
  const addon = {
    os: ['linux'],
    cpu: ['x64'],
    libc: ['musl'],
    mnet: { sources: 'aaa', sha256: 'ccc' },
  };
  const contents = (change, sha256 = 'ccc') => ({
    manifest: { ...addon, ...change },
    files: new Map([['mnet.node', sha256]]),
  });
  const problems = (c) => problemsOfAddon(c, 'linux-x64-musl', 'aaa');

  it('is right', () => expect(problems(contents())).toEqual([]));

  it('for another platform is refused', () => {
    expect(problems(contents({ libc: ['glibc'] }))).toEqual([
      'os, cpu, libc: got [["linux"],["x64"],["glibc"]], takes [["linux"],["x64"],["musl"]]',
    ]);
  });

  it('of other kernels is refused', () => {
    const mnet = { ...addon.mnet, sources: 'bbb' };
    expect(problems(contents({ mnet }))).toEqual([
      'kernels: got those of bbb, takes those of aaa: npm run native',
    ]);
  });

  it('that is damaged or empty is refused', () => {
    const problem = 'mnet.node: its SHA-256 is not that of its package.json';
    expect(problems(contents({}, 'ddd'))).toEqual([problem]);
    expect(problems({ manifest: addon, files: new Map() })).toEqual([problem]);
  });
});

describe('tarballs', () => {
  let dir;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mnet-tarballs-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  /** A tarball as npm makes it, of texts by path. */
  async function tarball(name, texts, level = 9) {
    const folder = join(dir, name);
    for (const [path, text] of Object.entries(texts)) {
      mkdirSync(join(folder, 'package', path, '..'), { recursive: true });
      writeFileSync(join(folder, 'package', path), text);
    }
    const file = join(dir, `${name}.tgz`);
    await create({ file, cwd: folder, gzip: { level }, portable: true }, ['package']);
    return file;
  }
  const manifest = JSON.stringify({ name: 'a' });

  it('are read', async () => {
    const file = await tarball('a', { 'package.json': manifest, 'dist/x.js': 'x' });
    const read = readTarball(file);
    expect(read.manifest).toEqual({ name: 'a' });
    expect(new Set(read.files.keys())).toEqual(new Set(['dist/x.js', 'package.json']));
  });

  it('without package.json are refused', async () => {
    const file = await tarball('a', { 'dist/x.js': 'x' });
    expect(() => readTarball(file)).toThrow('it has no package.json');
  });

  it('are compared by what is in them, not by how they were compressed', async () => {
    const text = 'x'.repeat(10_000);
    const one = await tarball('a', { 'package.json': manifest, x: text, y: 'y' });
    const same = await tarball('b', { 'package.json': manifest, x: text, y: 'y' }, 1);
    const other = await tarball('c', { 'package.json': manifest, x: 'other', z: 'z' });
    expect(integrity(same)).not.toBe(integrity(one));
    expect(differences(one, same)).toEqual([]);
    expect(differences(one, other)).toEqual(['x', 'y', 'z']);
  });
});
