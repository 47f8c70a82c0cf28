import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeAtomically } from '../src/runs/files.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-files-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('writeAtomically', () => {
  it('replaces a file and leaves nothing beside it', () => {
    const file = join(root, 'config.json');
    writeAtomically(file, ['one']);
    writeAtomically(file, ['tw', new TextEncoder().encode('o')]);
    expect(readFileSync(file, 'utf8')).toBe('two');
    expect(readdirSync(root)).toEqual(['config.json']);
  });

  it('names the file that cannot be written, also where its folder is a file', () => {
    writeFileSync(join(root, 'plain'), '');
    const file = join(root, 'plain', 'config.json');
    expect(() => writeAtomically(file, ['one'])).toThrow(`${file}: could not be written`);
    const lost = join(root, 'missing', 'config.json');
    expect(() => writeAtomically(lost, ['one'])).toThrow(`${lost}: could not be written`);
  });
});
