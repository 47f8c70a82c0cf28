import { describe, expect, it } from 'vitest';
import { studyTable } from '../../src/report/study-table.ts';
import { sampleGrid, sampleRun, sampleStudy } from './sample-study.ts';

describe('studyTable', () => {
  it('has a line a setting, the best first', () => {
    const lines = studyTable(sampleGrid()).split('\n');
    expect(lines).toHaveLength(14);
    expect(lines[0]).toMatch(/^ +width +lr +optimizer +n +validation accuracy +test accuracy/);
    expect(lines[2]).toMatch(/^1 best +1 +0\.1 +adam +2 +69\.00 ± 0\.71% +68\.00 ± 0\.71%/);
    expect(lines.at(-1)).toMatch(/^12 +0\.25 +0\.01 +sgd +2 +40\.00 ± 0\.71%/);
  });

  it('leaves what is more than a screen to the report', () => {
    const runs = Array.from({ length: 25 }, (_, i) => sampleRun(`lr-${i}`, { lr: i }, i / 100));
    const lines = studyTable(sampleStudy(runs)).split('\n');
    expect(lines).toHaveLength(23);
    expect(lines.at(-1)).toBe('… and 5 more settings, which are in the report');
    expect(studyTable(sampleStudy(runs.slice(0, 21))).split('\n')).toHaveLength(23);
    expect(studyTable(sampleStudy([]))).toBe('');
  });

  it('writes what a terminal would take for a command as a text', () => {
    const runs = ['\u001B[2J', 'a\nb'].map((net, i) => sampleRun(`net-${i}`, { net }, 0.5));
    const text = studyTable(sampleStudy(runs));
    expect(text).toContain(String.raw`"\u001b[2J"`);
    expect(text).toContain(String.raw`"a\nb"`);
    expect(text.split('\n')).toHaveLength(4);
  });

  it('writes values short: small ones with their exponent, others of a study by their names', () => {
    const runs = [
      sampleRun(
        'a',
        { lr: 0.000012345678, teacher: { runOf: 'teacher-1' }, freeze: ['a', 'b'] },
        0.6,
      ),
      sampleRun('b', { lr: 0.1 + 0.2, teacher: { runOf: 'teacher-2' }, freeze: [] }, 0.5),
    ];
    const [, , a, b] = studyTable(sampleStudy(runs)).split('\n');
    expect(a).toMatch(/1\.235e−5 +teacher-1 +\["a","b"\]/);
    expect(b).toMatch(/0\.3 +teacher-2 +\[\]/);
  });
});
