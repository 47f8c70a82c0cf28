import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors } from '@mnet/core/safetensors';
import { afterAll, describe, expect, it } from 'vitest';
import { appendLine, cutTornLine, removeTemporaries } from '../src/runs/files.ts';
import { checkDigest, decodeTensors, encodeTensors } from '../src/runs/tensor-file.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-files-'));
afterAll(() => rmSync(root, { recursive: true }));

const tensors = new Map([
  [
    'weights/0/conv/kernel "ü"',
    { shape: [2, 3], values: Float32Array.of(1, -2, 3.5, 0, NaN, Infinity) },
  ],
  ['weights/1/bias', { shape: [], values: Float32Array.of(0.1) }],
  ['optimizer.m/0', { shape: [0], values: new Float32Array(0) }],
]);
const metadata = {
  format: 'mnet-checkpoint-2',
  run: 'r',
  progress: '{"epoch":1,"text":"\\u2028é"}',
  optimizer: 'null',
};

describe('a checkpoint', () => {
  const bytes = Buffer.concat(encodeTensors({ tensors, metadata }));

  it('has the bytes that it always had', () => {
    // Of the version that wrote the first of this format.
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(
      '35daf82c3eb788af35ccdbc302cf9a2a48040504f7b1657e467a0ccaddbeb0c2',
    );
  });

  it('is read back, with its digest', () => {
    const read = decodeTensors(bytes, 'a');
    expect([...read.tensors]).toEqual([...tensors]);
    const { digest, ...rest } = read.metadata;
    expect(rest).toEqual(metadata);
    expect(() => checkDigest(bytes, digest, 'a')).not.toThrow();
    const changed = Buffer.from(bytes);
    changed[changed.length - 1]! ^= 1;
    expect(() => checkDigest(changed, digest, 'a')).toThrow(/^a: damaged/);
    expect(() => checkDigest(bytes, undefined, 'a')).toThrow(/^a: damaged/);
  });

  it('of other numbers than float32 is none', () => {
    const other = encodeSafetensors(new Map([['w', { shape: [1], values: Int32Array.of(1) }]]));
    expect(() => decodeTensors(other, 'a')).toThrow(
      'a: not a whole checkpoint (tensor "w": is not of float32)',
    );
  });
});

describe('the files of a run', () => {
  it('are named where no line can be added', () => {
    writeFileSync(join(root, 'plain'), '');
    const file = join(root, 'plain', 'log.jsonl');
    expect(() => appendLine(file, '{}')).toThrow(`${file}: could not be written`);
  });

  it('lose a line without an end, and what killed processes left beside them', () => {
    const log = join(root, 'log.jsonl');
    appendLine(log, 'one');
    writeFileSync(log, 'one\ntw');
    cutTornLine(log);
    cutTornLine(`${log}.none`);
    expect(readFileSync(log, 'utf8')).toBe('one\n');
    for (const name of ['log.jsonl.4711.tmp', 'log.jsonl.0123456789ab.tmp', 'notes.1.tmp']) {
      writeFileSync(join(root, name), '');
    }
    removeTemporaries([log, join(root, 'nowhere', 'config.json')]);
    expect(readdirSync(root).filter((name) => name.endsWith('.tmp'))).toEqual(['notes.1.tmp']);
    expect(existsSync(log)).toBe(true);
  });
});
