import { describe, expect, it } from 'vitest';
import { studyPage } from '../../src/report/study-page.ts';
import type { StudyRun } from '../../src/report/study-record.ts';
import { barsOf, tableOf } from './read-page.ts';
import { halving, sampleStudy } from './sample-study.ts';

describe('studyPage', () => {
  describe('of a search', () => {
    const page = studyPage(halving());

    it('shows the test accuracy of the best trial alone', () => {
      const [header, ...rows] = tableOf(page, 'Results');
      const test = header?.indexOf('test accuracy') ?? -1;
      const shown = rows.map((row) => row[test]).filter((cell) => cell !== '–');
      expect(shown).toHaveLength(1);
      // Complete are 0, 9 and 18, of which (i · 11) mod 27 is the highest of 9.
      expect(shown).toEqual(['12.00%']);
      const best = rows.find(([rank]) => rank?.endsWith('best'));
      expect(best?.[1]).toBe('trial-0009');
      expect(page).not.toMatch(/11\.10%|12\.90%/);
    });

    it('counts who came to each rung and went on', () => {
      const rungs = tableOf(page, 'Rungs').slice(1);
      expect(rungs.map((row) => row.slice(0, 3))).toEqual([
        ['1', '27', '9'],
        ['3', '9', '3'],
        ['9', '3', '–'],
      ]);
      // At the first epoch the best of all has 0.1 + 0.02 + 0.3.
      expect(rungs[0]?.[3]).toBe('42.00%');
    });

    it('has the rungs of the search where it says them, also those that nobody left', () => {
      const { runs, ...study } = halving();
      const searches = [{ stage: '', name: 'asha', trials: 27, rungs: [1, 3] }];
      const under = runs.filter(({ state }) => state === 'paused');
      expect(tableOf(studyPage({ ...study, runs, searches }), 'Rungs')).toEqual(
        tableOf(page, 'Rungs'),
      );
      // None has come to its end yet.
      const planned = under.map((run): StudyRun => {
        const record = run.record as NonNullable<StudyRun['record']>;
        return { ...run, record: { ...record, options: { epochs: 9 } } };
      });
      expect(
        tableOf(studyPage({ ...study, runs: planned, searches }), 'Rungs')
          .slice(1)
          .map((row) => row.slice(0, 3)),
      ).toEqual([
        ['1', '24', '6'],
        ['3', '6', '0'],
      ]);
    });

    it('compares what all trials have reached, and draws the best so far', () => {
      expect(page).toContain('after epoch 1, which all trials have reached');
      expect(Number.parseFloat(`${barsOf(page).lr?.[0]}`)).toBeGreaterThan(80);
      expect(page).toContain('<figcaption>Validation accuracy by trial');
      expect(page).toContain('best so far</li>');
    });
  });

  it('of two searches shows each as one, and the test accuracy of its best trial alone', () => {
    const [first, second] = ['first', 'second'].map((stage) => {
      const { runs } = halving();
      return runs.map((run): StudyRun => ({ ...run, id: `${stage}-${run.id}`, stage }));
    });
    const searches = ['first', 'second'].map((stage) => ({ stage, name: 'asha', trials: 27 }));
    const page = studyPage(sampleStudy([...first!, ...second!], { searches }));
    expect(page).toContain('First: search asha over lr, decay: 27 trials; second: search asha');
    const [header, ...rows] = tableOf(page, 'Results');
    const test = header?.indexOf('test accuracy') ?? -1;
    const tested = [...rows, ...tableOf(page, 'More results').slice(1)]
      .filter((row) => row[test] !== '–')
      .map(([rank, stage]) => [rank, stage]);
    expect(tested).toEqual([
      ['1 best', 'first'],
      ['1 best', 'second'],
    ]);
    expect(page).toContain('is shown of the best trial of each search alone');
    for (const { stage } of searches) {
      expect(page).toContain(`<figcaption>Validation accuracy by trial, ${stage}`);
      expect(tableOf(page, `Rungs of ${stage}`)).toHaveLength(4);
    }
  });
});
