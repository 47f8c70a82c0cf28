import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gateId, jobId } from '../../src/queue/names.ts';
import { canonical } from '../../src/canonical.ts';
import { runDigests } from '../../src/queue/run-digest.ts';
import { sayChanges, studyChanges } from '../../src/queue/study-changes.ts';
import type { PlannedRun } from '../../src/study/plan.ts';

function run(id: string, config = {}, needs: string[] = []): PlannedRun {
  return { id, stage: '', program: 'train', config, values: {}, needs };
}

test('a digest is of what decides the bits, in whatever order it is written', () => {
  const a = runDigests([run('a', { x: 1, y: [{ u: 1, v: 2 }] })]).get('a');
  expect(runDigests([run('a', { y: [{ v: 2, u: 1 }], x: 1 })]).get('a')).toBe(a);
  expect(
    runDigests([{ ...run('b', { x: 1, y: [{ u: 1, v: 2 }] }), values: { w: 1 } }]).get('b'),
  ).toBe(a);
  expect(runDigests([run('a', { x: 2, y: [{ u: 1, v: 2 }] })]).get('a')).not.toBe(a);
});

test('a run is another one where one that it needs is, however far', () => {
  const study = (rate: number): Map<string, string> =>
    runDigests([run('c', {}, ['b']), run('b', {}, ['a']), run('a', { rate }), run('d')]);
  const [one, two] = [study(1), study(2)];
  expect(['a', 'b', 'c', 'd'].filter((id) => one.get(id) !== two.get(id))).toEqual(['a', 'b', 'c']);
});

test('circles and runs that are not there are named', () => {
  expect(() => runDigests([run('a', {}, ['b'])])).toThrow(
    "'a' needs 'b', which the study does not have",
  );
  expect(() => runDigests([run('a', {}, ['b']), run('b', {}, ['a'])])).toThrow('needs itself');
});

test('equal JSON is equal text', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).toReversed());
      expect(canonical(reversed as never)).toBe(canonical(value as never));
      expect(JSON.parse(canonical(value as never))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('what was edited', () => {
  expect(studyChanges({ a: '1', b: '2' }, { b: '2', a: '1' })).toBeUndefined();
  const many = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`n${i}`, '1']));
  const changes = studyChanges({ a: '1', b: '2' }, { b: '3', ...many })!;
  expect(changes).toMatchObject({ changed: ['b'], removed: ['a'] });
  expect(sayChanges(changes)).toBe(
    '7 added (n0, n1, n2, n3, n4, and 2 more), 1 changed (b), 1 removed (a)',
  );
});

test('a job is named for its study, its run, its rung and its digest', () => {
  const place = { study: 's', run: 'r-1', digest: '0123456789abcdef' };
  expect(jobId(place)).toBe('s~r-1~01234567');
  expect(jobId(place, 3)).toBe('s~r-1@3~01234567');
  expect(gateId(place)).toBe('s~r-1~01234567~then');
});
