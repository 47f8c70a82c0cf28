import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { paritiesIn, parityTable } from '../src/results/parity.ts';
import { writeResultsPage } from '../src/results/results-page.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mnet-parity-'));
  mkdirSync(join(folder, 'parity'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const course = { dataset: 'cifar10', network: 'net', strides: 'paper', epochs: 2, limit: 100 };

/** The two epochs of a side and seed. */
const epochs = (side: string, seed: number, testAccuracy: number, more = {}): object[] => [
  { side, seed, ...course, ...more, epoch: 1, trainLoss: 2 },
  { side, seed, ...course, ...more, epoch: 2, trainLoss: 1.5, testAccuracy },
];

function log(name: string, lines: readonly object[]): string {
  const path = join(folder, 'parity', name);
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
}

describe('the comparison with PyTorch', () => {
  it('has means, their difference and p, of the seeds that both sides have', () => {
    log('net.jsonl', [
      ...epochs('mnet', 2, 0.62),
      ...epochs('torch', 1, 0.59),
      ...epochs('mnet', 1, 0.6),
      ...epochs('torch', 2, 0.6),
      ...epochs('mnet', 3, 0.9),
    ]);
    log('taught.jsonl', [
      ...epochs('mnet', 1, 0.5, { alpha: 0.5 }),
      ...epochs('torch', 1, 0.75, { alpha: 0.5 }),
    ]);
    const [, net, taught] = parityTable(paritiesIn(join(folder, 'parity')));
    expect(net?.slice(0, 8)).toEqual([
      "net, the paper's strides",
      'cifar10',
      '2',
      '2',
      '61.00 ± 1.41%',
      '59.50 ± 0.71%',
      '+1.50 ± 0.71',
      'beyond one standard deviation',
    ]);
    // t = 3 with one degree of freedom.
    expect(net?.[8]).toBe('0.20');
    expect(taught?.slice(0, 1)).toEqual(["net taught by resnet18, the paper's strides"]);
    expect(taught?.slice(3, 9)).toEqual([
      '1',
      '50.00%',
      '75.00%',
      '-25.00',
      'beyond one standard deviation',
      '–',
    ]);
    writeResultsPage(folder);
    const page = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(page).toContain('## Parity with PyTorch');
    expect(page).toContain('(plots/parity-net.svg)');
    const plot = readFileSync(join(folder, 'plots', 'parity-net.svg'), 'utf8');
    expect(plot).toContain('loss on the training images');
    expect(plot).not.toContain('NaN');
  });

  it('is none without logs', () => {
    expect(paritiesIn(join(folder, 'missing'))).toEqual([]);
    writeResultsPage(folder);
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).not.toContain('Parity');
  });

  it('refuses a log of several courses, and one that tells nothing yet', () => {
    const all = () => paritiesIn(join(folder, 'parity'));
    const path = log('net.jsonl', [
      ...epochs('mnet', 1, 0.6),
      ...epochs('torch', 1, 0.6, { epochs: 3 }),
    ]);
    expect(all).toThrow(
      `${path}: got the courses net paper cifar10 2 100 alone and net paper cifar10 3 100 alone, takes one`,
    );
    log('net.jsonl', epochs('mnet', 1, 0.6));
    expect(all).toThrow(`${path}: no seed has a test accuracy on both sides`);
    log('net.jsonl', []);
    expect(all).toThrow(`${path}: it has no lines`);
  });
});
