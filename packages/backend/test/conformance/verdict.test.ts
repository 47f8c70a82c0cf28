import { expect, test } from 'vitest';
import type { SpecResult } from './run-request.ts';
import { judge } from './verdict.ts';

const spec = (name: string, status: string): SpecResult => ({ name, status, messages: [] });

test('a spec that passes on the baseline must run and pass; others may do as they like', () => {
  const baseline = [
    spec('add', 'passed'),
    spec('add (2)', 'passed'),
    spec('sub', 'passed'),
    spec('mul', 'failed'),
    spec('div', 'pending'),
    spec('pow', 'passed'),
  ];
  const run = [
    spec('add', 'passed'),
    spec('sub', 'failed'),
    spec('mul', 'failed'),
    spec('div', 'failed'),
    spec('pow', 'pending'),
  ];
  expect(judge(baseline, run)).toEqual({
    passed: 1,
    failed: [spec('sub', 'failed'), spec('pow', 'pending')],
    missing: ['add (2)'],
  });
});
