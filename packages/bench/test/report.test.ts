import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderReport, writeReport } from '@mnet/bench';
import { sampleRun } from './sample-run.ts';

describe('renderReport', () => {
  it('shows every run with its figures', () => {
    const page = renderReport([sampleRun('teacher'), sampleRun('student', { macs: 590_410_000 })]);
    for (const text of [
      'teacher',
      'student',
      '2,236,682',
      '6.1 M',
      '590.4 M',
      '73.50%',
      '76.00%',
      '8.0 s',
      '250',
    ]) {
      expect(page).toContain(text);
    }
    expect(page.match(/<path class="line/g)).toHaveLength(8);
    expect(page.match(/<circle class="dot/g)).toHaveLength(32);
    expect(page).toContain('<th scope="row">ring</th><td>–</td><td>–</td>');
  });

  it('asks nothing of the network and runs no script', () => {
    const page = renderReport([sampleRun('a')]);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|https?:|url\(|@import|\bon\w+=/i);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  it('escapes every word of the user', () => {
    const evil = '</style><script>alert(1)</script>"\'&';
    const page = renderReport(
      [
        sampleRun(evil, {
          error: evil,
          command: [evil],
          options: { [evil]: evil },
          objective: { name: evil },
          model: { name: evil, trainableParameters: 1, nonTrainableParameters: 0 },
          dataset: { ...sampleRun('a').dataset, name: evil, classes: [evil, evil] },
          environment: { tfjs: evil, backend: evil },
        }),
      ],
      { title: evil },
    );
    expect(page).not.toContain('<script');
    expect(page.match(/<\/style>/g)).toHaveLength(1);
  });

  it('draws a run that has no epoch, no test and no validation', () => {
    const { test: _, best: __, macs: ___, ...run } = sampleRun('empty', { epochs: [], seconds: 0 });
    const page = renderReport([{ ...run, status: 'diverged', error: 'the loss became NaN' }]);
    expect(page).toContain('empty ended early: the loss became NaN');
    expect(page).toContain('Loss: nothing was recorded.');
    expect(page).not.toMatch(/undefined|null|>NaN/);
  });

  it('says what it takes', () => {
    expect(() => renderReport([])).toThrow(
      'runs: got none, takes a list of at least one run record',
    );
    const run = sampleRun('a');
    expect(() => renderReport([run], { heading: 'A' } as never)).toThrow(
      "report: unknown option 'heading', takes title",
    );
    expect(() => renderReport([run], { title: '' })).toThrow("title: got '', takes a heading");
  });
});

describe('writeReport', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mnet-report-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('writes the whole page, in a folder that it makes', () => {
    const path = join(dir, 'runs', 'kd', 'report.html');
    writeReport(path, [sampleRun('a')]);
    expect(readFileSync(path, 'utf8')).toBe(renderReport([sampleRun('a')]));
    expect(readdirSync(join(dir, 'runs', 'kd'))).toEqual(['report.html']);
  });

  it('names the file that cannot be written, and leaves nothing behind', () => {
    writeFileSync(join(dir, 'file'), '');
    const path = join(dir, 'file', 'report.html');
    expect(() => writeReport(path, [sampleRun('a')])).toThrow(`${path}: could not be written`);
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(dir)).toEqual(['file']);
  });
});
