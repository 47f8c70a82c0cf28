import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, startChromium } from '../../../../tools/browser/chromium.mjs';
import { studyPage, writeStudyPage } from '../../src/report/study-page.ts';
import type { StudyRecord, StudyRun } from '../../src/report/study-record.ts';
import { barsOf, count, has, tableOf, threads } from './read-page.ts';
import {
  halving,
  sampleAccuracy,
  sampleGrid,
  sampleRecord,
  sampleRun,
  sampleStudy,
  sampleTest,
} from './sample-study.ts';

const evil = '</style><script>alert(1)</script>"\'&';
const studies: Record<string, StudyRecord> = {
  'without runs': sampleStudy([]),
  'of one run': sampleStudy([sampleRun('run', { width: 1 }, 0.5)]),
  'of 24 runs': sampleGrid(),
  'of which all failed': sampleStudy(
    [1, 2].map((lr): StudyRun => {
      const { record: _, ...run } = sampleRun(`lr-${lr}`, { lr }, 0.5);
      return { ...run, state: 'failed', error: `no memory ${lr}\nat a\nat b` };
    }),
  ),
  'of nothing yet': sampleStudy(
    ['waiting', 'running', 'stopped', 'skipped'].map((state, i) => ({
      id: `run-${i}`,
      stage: '',
      values: { lr: i },
      state: state as StudyRun['state'],
    })),
  ),
  'that halves': halving(),
  'with hostile names': sampleStudy(
    [1, 2, 3].map((n) => ({
      ...sampleRun(`${evil}${n}`, { [evil]: `${evil}${n}`, b: { [evil]: n } }, n / 10, {
        config: { [evil]: evil },
        log: `../../javascript:${evil}`,
        stage: evil,
      }),
      ...(n === 3 && { state: 'failed', error: evil }),
    })),
    {
      name: evil,
      started: evil,
      searches: [{ stage: evil, name: evil, trials: 3 }],
      commands: [[evil, "it's"]],
    },
  ),
};

describe('studyPage', () => {
  it.each(Object.entries(studies))(
    '%s runs no script, asks nothing, and has no hole',
    (_, study) => {
      const page = studyPage(study);
      expect(page).not.toMatch(/<script|<link|<iframe|https?:|url\(|@import|\bon\w+=/i);
      expect(page.match(/<\/style>/g)).toHaveLength(1);
      expect(page).not.toMatch(/\bNaN\b|undefined|\bnull\b|Infinity/);
      for (const [, href] of page.matchAll(/href="([^"]*)"/g)) {
        expect(href).toMatch(/^\.\/(?:[\w%.!~*()/-]|&#39;)+$/);
      }
      for (const { id } of study.runs) expect(page).toContain(id.replaceAll(/[<>"'&].*/g, ''));
    },
  );

  it('says that there are no runs', () => {
    const page = studyPage(sampleStudy([]));
    expect(page).toContain('The study has no runs.');
    for (const heading of ['Curves', 'All that was varied', 'What mattered', 'Runs']) {
      expect(has(page, heading)).toBe(false);
    }
  });

  it('shows one run without deviations, and nothing of what was varied', () => {
    const page = studyPage(sampleStudy([sampleRun('run', { width: 1 }, 0.5)]));
    const [header, row] = tableOf(page, 'Results');
    expect(header).toEqual([
      '',
      'validation accuracy',
      'test accuracy',
      'parameters',
      'time a run',
    ]);
    expect(row).toEqual(['1 best', '50.00%', '49.00%', '215,642', '4.0 s']);
    expect(page).not.toContain('±');
    expect(threads(page)).toBe(0);
    expect(has(page, 'What mattered')).toBe(false);
  });

  describe('of 24 runs of three axes from two seeds', () => {
    const study = sampleGrid();
    const page = studyPage(study);

    it('has a row a setting, the best first, with mean and sample standard deviation', () => {
      const [header, ...rows] = tableOf(page, 'Results');
      expect(header?.slice(0, 6)).toEqual([
        '',
        'width',
        'lr',
        'optimizer',
        'n',
        'validation accuracy',
      ]);
      expect(rows).toHaveLength(12);
      // Two seeds half a point to both sides of the mean: 0.5 · √2.
      const deviation = (0.5 * Math.SQRT2).toFixed(2);
      const settings = [0.25, 0.5, 1].flatMap((width) =>
        [0.01, 0.1].flatMap((lr) =>
          ['sgd', 'adam'].map((optimizer) => {
            const mean = 100 * sampleAccuracy(width, lr, optimizer, 1.5);
            return { cells: [`${width}`, `${lr}`, optimizer, '2'], mean };
          }),
        ),
      );
      const expected = settings
        .toSorted((a, b) => b.mean - a.mean)
        .map(({ cells, mean }, i) => [
          i === 0 ? '1 best' : `${i + 1}`,
          ...cells,
          `${mean.toFixed(2)} ± ${deviation}%`,
          `${(mean - 1).toFixed(2)} ± ${deviation}%`,
        ]);
      expect(rows.map((row) => row.slice(0, 7))).toEqual(expected);
    });

    it('says what it is, how many runs there are and how long they took', () => {
      expect(page).toContain('Grid of 3 width × 2 lr × 2 optimizer = 12 settings × 2 seeds');
      expect(page).toContain('<p class="big">24 of 24</p>');
      expect(page).toContain('<p class="big">96.0 s</p>');
      expect(page).toContain('A processor');
    });

    it('explains the variance exactly: 12², 4² and 1 of the keys, the seeds beside', () => {
      // Variances in squared points: 12²·2/3 of three widths, 4²/4 and 1/4 of two values, 1/4 of the seeds.
      const total = 96 + 4 + 0.25 + 0.25;
      const percent = (variance: number): string => {
        const share = (100 * variance) / total;
        return `${share.toFixed(share < 10 ? 1 : 0)}%`;
      };
      const bars = barsOf(page);
      expect(bars.width?.[0]).toBe(percent(96));
      expect(bars.lr?.[0]).toBe(percent(4));
      expect(bars.optimizer?.[0]).toBe(percent(0.25));
      expect(bars['seed alone']?.[0]).toBe(percent(0.25));
      // By chance: of 12 degrees of freedom within the settings, which have a variance of 0.25 · 24 / 12 each.
      expect(bars.width?.[1]).toBe(percent((2 * 0.25) / 12));
      expect(page).not.toContain('no more than a hint');
    });

    it('draws each run across the keys, and links what it wrote', () => {
      expect(threads(page)).toBe(24);
      for (const { id } of study.runs) {
        expect(page).toContain(`href="./${id}/report.html"`);
        expect(page).toContain(`href="./${id}/output.log"`);
      }
      expect(tableOf(page, 'Runs')).toHaveLength(25);
    });

    it('names the six best lines of twelve, and joins the rest in the key', () => {
      const chart = page.slice(page.indexOf('<figcaption>Validation accuracy by epoch'));
      const figure = chart.slice(0, chart.indexOf('</figure>'));
      expect(count(figure, /<path class="line c\d/g)).toBe(6);
      expect(count(figure, /<path class="line faint/g)).toBe(6);
      expect(count(figure, /<path class="band/g)).toBe(6);
      expect(figure).toContain('6 others</li>');
    });

    it('has the metric along the widths', () => {
      expect(page).toContain('<figcaption>Validation accuracy by width');
      expect(page).not.toContain('<figcaption>Validation accuracy by lr');
    });

    it('says what all share: the settings that do not differ', () => {
      expect(page).toContain('&quot;model&quot;: &quot;mobilenet_v1&quot;');
      expect(page).not.toContain('&quot;width&quot;');
    });
  });

  it('counts what is complete, where some of the seeds failed', () => {
    const { runs, ...study } = sampleGrid();
    const [first, second, ...others] = runs as [StudyRun, StudyRun, ...StudyRun[]];
    const page = studyPage({
      ...study,
      runs: [{ ...first, state: 'failed', error: 'out of memory' }, second, ...others],
    });
    const row = tableOf(page, 'Results').find((cells) => cells.includes('1 of 2'));
    expect(row?.[5]).toBe(`${(100 * sampleAccuracy(0.25, 0.01, 'sgd', 2)).toFixed(2)}%`);
    expect(row?.at(-1)).toBe('1 failed, 1 complete');
    expect(page).toContain(`${first.id}</span>: out of memory`);
    // The settings' means are a whole grid still, but no longer of as many seeds each.
    expect(barsOf(page).width).toBeDefined();
    expect(barsOf(page)['seed alone']).toBeUndefined();
  });

  it('sorts losses from the lowest, and takes the epoch that a run keeps', () => {
    const metric = { name: 'validationLoss', goal: 'min' } as const;
    const kept = sampleRecord([0.9, 0.2], { options: { bestWeights: 'validationLoss' } });
    const last = sampleRecord([0.9, 0.2], { options: {} });
    const page = studyPage(
      sampleStudy(
        [
          { ...sampleRun('last', { net: 'last' }, 0), record: last },
          { ...sampleRun('kept', { net: 'kept' }, 0), record: { ...kept, best: kept.epochs[0]! } },
        ],
        { metric },
      ),
    );
    const rows = tableOf(page, 'Results');
    expect(rows.slice(1).map(([rank, net, loss]) => [rank, net, loss])).toEqual([
      ['1 best', 'kept', '1.1000'],
      ['2', 'last', '1.8000'],
    ]);
    expect(page).toContain('<figcaption>Validation loss by epoch');
  });

  it('names every run that is not complete, with why and its log', () => {
    const failed = studyPage(studies['of which all failed'] as StudyRecord);
    expect(failed).toContain('Failed: 2');
    expect(failed).toContain('lr-1</span>: no memory 1<pre tabindex="0">at a\nat b</pre>');
    expect(failed).toContain('href="./lr-2/output.log"');
    expect(
      tableOf(failed, 'Results')
        .slice(1)
        .map((row) => [row[0], row[2]]),
    ).toEqual([
      ['–', '–'],
      ['–', '–'],
    ]);
    const waiting = studyPage(studies['of nothing yet'] as StudyRecord);
    for (const words of ['Waiting: 1', 'Running: 1', 'gone on with', 'has failed: 1']) {
      expect(waiting).toContain(words);
    }
  });

  it('says where there is no validation, and leaves the order as it is', () => {
    const runs = [0.5, 0.9].map((test, i) =>
      sampleRun(`lr-${i}`, { lr: i }, 0.5, {
        record: sampleRecord([undefined, undefined], { test: sampleTest(test) }),
      }),
    );
    const page = studyPage(sampleStudy(runs));
    expect(page).toContain('There is no validation accuracy');
    const rows = tableOf(page, 'Results').slice(1);
    expect(rows.map((row) => row.slice(0, 4))).toEqual([
      ['–', '0', '–', '50.00%'],
      ['–', '1', '–', '90.00%'],
    ]);
    expect(page).not.toContain('>best<');
  });

  it('stays small with 200 trials, and names them all', () => {
    const runs = Array.from({ length: 200 }, (_, i) => {
      const u = ((i * 73) % 200) / 200;
      return sampleRun(
        `trial-${i}`,
        {
          lr: 10 ** (-4 * u),
          momentum: ((i * 31) % 200) / 200,
          width: [0.25, 0.5, 1][i % 3] ?? 1,
          optimizer: i % 2 ? 'sgd' : 'adam',
        },
        0.3 + 0.5 * u,
        {
          record: sampleRecord(
            Array.from({ length: 27 }, (__, e) => (0.3 + 0.5 * u) * (1 - 0.8 ** (e + 1))),
          ),
        },
      );
    });
    const page = studyPage(
      sampleStudy(runs, { searches: [{ stage: '', name: 'tpe', trials: 200 }] }),
    );
    expect(page.length).toBeLessThan(400_000);
    expect(tableOf(page, 'Results')).toHaveLength(21);
    expect(tableOf(page, 'More results')).toHaveLength(181);
    expect(threads(page)).toBe(200);
    for (const { id } of runs) expect(page).toContain(`>${id}</`);
  });

  it('tells the stages apart', () => {
    const stage = (
      name: string,
      width: number,
      accuracy: number,
      state: StudyRun['state'] = 'complete',
    ) => sampleRun(`${name}-width-${width}`, { width }, accuracy, { stage: name, state });
    const page = studyPage(
      sampleStudy([
        stage('teacher', 1, 0.9),
        stage('student', 0.25, 0.6),
        stage('student', 0.5, 0.7),
        stage('student', 1, 0.65),
      ]),
    );
    expect(
      tableOf(page, 'Results')
        .slice(1)
        .map((row) => row.slice(0, 4)),
    ).toEqual([
      ['1 best', 'teacher', '1', '90.00%'],
      ['1 best', 'student', '0.5', '70.00%'],
      ['2', 'student', '1', '65.00%'],
      ['3', 'student', '0.25', '60.00%'],
    ]);
    expect(page).toContain('Teacher: one setting; student: grid of 3 settings');
    expect(page).toContain('<figcaption>Validation accuracy by epoch, student');
  });

  it('says what differs between machines, and whether bits can', () => {
    const on = (id: string, environment: object): StudyRun => {
      const run = sampleRun(id, { id }, 0.5);
      const record = run.record as NonNullable<typeof run.record>;
      return {
        ...run,
        record: { ...record, environment: { ...record.environment, ...environment } },
      };
    };
    const heading = 'What differs between the machines';
    expect(has(studyPage(sampleStudy([on('a', {}), on('b', {})])), heading)).toBe(false);
    const cores = studyPage(sampleStudy([on('a', {}), on('b', { cores: 64 })]));
    expect(tableOf(cores, heading).slice(1)).toEqual([
      ['cores', '2', '1', 'a'],
      ['cores', '64', '1', 'b'],
    ]);
    expect(cores).toContain('is not seen in its bits');
    const build = studyPage(
      sampleStudy([on('a', { build: 'fused 1' }), on('b', { build: 'plain' })]),
    );
    expect(build).toContain('need not have the same bits');
  });

  it('writes the commands as a shell reads them', () => {
    const commands = [['npx', 'mnet', 'sweep', 'run', "a study's.ts"]];
    expect(studyPage(sampleStudy([], { commands }))).toContain(
      'npx mnet sweep run &#39;a study&#39;\\&#39;&#39;s.ts&#39;',
    );
  });
});

describe('writeStudyPage', () => {
  it('writes the whole page, in a folder that it makes', () => {
    const dir = mkdtempSync(join(tmpdir(), 'mnet-study-'));
    try {
      const file = join(dir, 'runs', 'report.html');
      writeStudyPage(file, sampleGrid());
      expect(readFileSync(file, 'utf8')).toBe(studyPage(sampleGrid()));
      expect(readdirSync(join(dir, 'runs'))).toEqual(['report.html']);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe.skipIf(!chromiumPath())('in Chromium', () => {
  let browser: Awaited<ReturnType<typeof startChromium>>;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  it.each([400, 1280])(
    'nothing stands out over a page of %i pixels, and no label over another',
    async (width) => {
      const view = await browser.newPage({ viewport: { width, height: 800 } });
      for (const study of [sampleGrid(), halving(), studies['with hostile names'] as StudyRecord]) {
        await view.setContent(studyPage(study));
        const { over, clashes } = await view.evaluate(() => {
          const root = document.documentElement;
          const labels = [...document.querySelectorAll('svg.wide text')].map((each) =>
            each.getBoundingClientRect(),
          );
          return {
            over: root.scrollWidth - root.clientWidth,
            clashes: labels.filter((a, i) =>
              labels.some(
                (b, j) =>
                  j > i &&
                  Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
                  Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 6,
              ),
            ).length,
          };
        });
        expect({ over, clashes }).toEqual({ over: 0, clashes: 0 });
      }
      await view.close();
    },
  );
});
