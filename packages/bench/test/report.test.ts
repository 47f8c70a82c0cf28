import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderReport, writeReport } from '@mnet/bench';
import { sampleDetails, sampleRun } from './sample-run.ts';

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
    expect(page).toContain('class="key"');
    expect(page).toMatch(/ring<\/span>.*?<b>–<\/b>.*?<b>–<\/b>/);
  });

  it('asks nothing of the network and runs no script', () => {
    const page = renderReport([
      sampleRun('a', {
        details: sampleDetails([
          [3, 1],
          [2, 4],
        ]),
      }),
    ]);
    expect(page).not.toMatch(
      /<script|<link|<iframe|https?:|url\(|@import|\bon\w+=|src="(?!data:)/i,
    );
    expect(page).toContain(
      `content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`,
    );
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
          summary: [{ [evil]: evil }],
          details: sampleDetails([
            [3, 1],
            [2, 4],
          ]),
          group: evil,
        }),
      ],
      { title: evil, published: [{ label: evil, testAccuracy: 0.5, beside: evil, macs: 5 }] },
    );
    expect(page).not.toContain('<script');
    expect(page).not.toMatch(/="[^"<]*"'/);
    expect(page.match(/<\/style>/g)).toHaveLength(1);
  });

  it('draws a run that has no epoch, no test and no validation', () => {
    const { test: _, best: __, macs: ___, ...run } = sampleRun('empty', { epochs: [], seconds: 0 });
    const page = renderReport([{ ...run, status: 'diverged', error: 'the loss became NaN' }]);
    expect(page).toContain('empty ended early: the loss became NaN');
    expect(page).toContain('Nothing was recorded.');
    expect(page).not.toMatch(/undefined|null|>NaN/);
  });

  it('shows runs of a group as their mean, with its deviation', () => {
    const seeds = [0.7, 0.8, 0.9].map((accuracy, i) =>
      sampleRun(`net, seed ${i}`, {
        group: 'net',
        options: { seed: i },
        test: { loss: 0.6, accuracy, count: 100, perClassAccuracy: [accuracy, null] },
      }),
    );
    const page = renderReport([...seeds, sampleRun('alone')]);
    expect(page).toContain('80.00 <small>± 10.00%</small>');
    expect(page).toContain('test accuracy, n = 3');
    expect(page).toContain('80.0 ± 10.0%');
    expect(page.match(/<li class="card/g)).toHaveLength(2);
    expect(page.match(/<path class="band c0"/g)?.length).toBeGreaterThan(0);
    expect(page).not.toContain('band c1');
    expect(page).toContain('<th scope="col">options.seed</th>');
  });

  it('shows a run that is in no group alone, though its name is that of a group or of another run', () => {
    const run = (name: string, accuracy: number, more = {}) =>
      sampleRun(name, {
        test: { loss: 0.6, accuracy, count: 100, perClassAccuracy: [accuracy, null] },
        ...more,
      });
    const seeds = [0.7, 0.8].map((each, i) => run(`net-${i}`, each, { group: 'net' }));
    const page = renderReport([...seeds, run('net', 0.3), run('twice', 0.5), run('twice', 0.6)]);
    expect(page.match(/<li class="card/g)).toHaveLength(4);
    expect(page).toContain('75.00 <small>± 7.07%</small>');
    expect(page.match(/<small>±/g)).toHaveLength(1);
  });

  it('draws steps, terms and learning rate where they were noted', () => {
    const steps = Array.from({ length: 5000 }, (_, i) => ({
      step: i + 1,
      epoch: 1,
      learningRate: 0.1,
      loss: i === 4999 ? Number.NaN : 2,
      accuracy: 0.5,
    }));
    const [first] = sampleRun('a').epochs;
    const run = sampleRun('a', {
      steps,
      status: 'diverged',
      epochs: [
        { ...(first as (typeof steps)[0] & typeof first), terms: { kd: 1.5, crossEntropy: 2 } },
      ],
    } as never);
    const page = renderReport([run]);
    for (const title of ['Training loss by step', 'Learning rate by step', 'Terms of the loss']) {
      expect(page).toContain(`<figcaption>${title}</figcaption>`);
    }
    expect(page).toContain('crossEntropy</li>');
    expect(page).toContain('a: diverged');
    expect(page.length).toBeLessThan(60_000);
    expect(renderReport([sampleRun('b')])).not.toMatch(/by step|Terms of/);
  });

  it('shows who is taken for whom, the mistakes as pictures, and reliability', () => {
    const details = sampleDetails([
      [30, 10],
      [5, 35],
    ]);
    const test = {
      loss: 1,
      accuracy: 0.65,
      ece: 0.0512,
      count: 80,
      perClassAccuracy: [0.75, 0.875],
    };
    const page = renderReport([sampleRun('a', { details, test })]);
    expect(page).toContain('label disc, guess ring: 10');
    expect(page).toMatch(/disc<\/th><td>ring<\/td><td>10<\/td><td>25%/);
    expect(page).toContain('ECE 5.12%');
    expect(page).toContain('ring 98.7%');
    const png = /data:image\/png;base64,([^"]*)"[^>]*alt="test image 7: disc"/.exec(page)?.[1];
    const { width, height, data } = decode(Buffer.from(png ?? '', 'base64'));
    expect([width, height, ...data]).toEqual([2, 1, 0, 1, 2, 255, 254, 253]);
    expect(renderReport([sampleRun('b')])).not.toMatch(/taken for whom|confident mistakes|Reliab/);
  });

  it('plots accuracy against cost where costs differ, with published figures', () => {
    const [small, large] = [sampleRun('small'), sampleRun('large', { macs: 88e6, params: 4e6 })];
    const plot = 'Test accuracy against multiply-adds';
    expect(renderReport([small, sampleRun('same')])).not.toContain(plot);
    expect(renderReport([small, large])).toContain(plot);
    const page = renderReport([small], {
      published: [
        { label: 'paper', testAccuracy: 0.9, beside: 'small' },
        { label: 'library', testAccuracy: 0.8, macs: 2e9 },
      ],
    });
    expect(page).toContain('<dt>paper</dt><dd>90.00%</dd>');
    expect(
      page.match(/<circle class="hollow c0"[^>]*><title>small, paper: 90% at 6.1M/g),
    ).toHaveLength(1);
    expect(page.match(/<circle class="hollow c7"[^>]*><title>library: 80% at 2G/g)).toHaveLength(1);
  });

  it('shows how often student and teacher agree', () => {
    const summary = [{ role: 'teacher' }, { role: 'student', agreement: 0.8123 }];
    const page = renderReport([sampleRun('a', { summary })]);
    expect(page).toContain('Agreement of student and teacher');
    expect(page).toContain('<b>81.23%</b>');
    expect(renderReport([sampleRun('a')])).not.toContain('Agree');
  });

  it('stays small with a hundred classes and 24 mistakes', () => {
    const classes = Array.from({ length: 100 }, (_, i) => `class ${i}`);
    const confusion = classes.map((_, i) => classes.map((__, j) => (i === j ? 60 : (i * j) % 3)));
    const noise = Array.from({ length: 3072 }, (_, i) => String.fromCharCode((i * i * 31) % 251));
    const [mistake] = sampleDetails([]).mistakes;
    const pixels = btoa(noise.join(''));
    const mistakes = Array.from({ length: 24 }, () => ({
      ...(mistake as NonNullable<typeof mistake>),
      picture: { shape: [32, 32, 3] as const, pixels },
    }));
    const page = renderReport([
      sampleRun('a', {
        dataset: { ...sampleRun('a').dataset, classes },
        details: { ...sampleDetails(confusion), mistakes },
        test: { loss: 1, accuracy: 0.6, count: 6000, perClassAccuracy: classes.map(() => 0.6) },
      }),
    ]);
    expect(page.match(/<img /g)).toHaveLength(24);
    expect(page.match(/<span class="of">class/g)).toHaveLength(100);
    expect(page.length).toBeLessThan(600_000);
  });

  it('says what it takes', () => {
    expect(() => renderReport([])).toThrow(
      'runs: got none, takes a list of at least one run record',
    );
    const run = sampleRun('a');
    expect(() => renderReport([run], { heading: 'A' } as never)).toThrow(
      "report: unknown option 'heading', takes title, published",
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
