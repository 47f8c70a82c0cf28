import type { RunRecord } from '@mnet/train';
import { describe, expect, it } from 'vitest';
import { configDifferences } from '@mnet/bench';

describe('differences of settings', () => {
  const run = (options: object): RunRecord =>
    ({
      model: { name: 'net', layers: [String(Math.random())] },
      dataset: { name: 'set', classes: ['x', 'y'], fingerprints: {} },
      options,
      objective: { name: 'crossEntropy' },
      environment: { node: 'v20' },
      date: String(Math.random()),
    }) as unknown as RunRecord;

  it('are told by path; a list is one value, and one that is missing counts', () => {
    const one = run({ lr: 1, rule: { name: 'sgd', momentum: 0.9 }, at: [1, 2] });
    const other = run({ lr: 1, rule: { name: 'adam' }, at: [1, 3] });
    expect(configDifferences([one, other, one])).toEqual([
      { key: 'options.rule.name', values: ['"sgd"', '"adam"', '"sgd"'] },
      { key: 'options.rule.momentum', values: ['0.9', undefined, '0.9'] },
      { key: 'options.at', values: ['[1,2]', '[1,3]', '[1,2]'] },
    ]);
    expect(configDifferences([one, run({ ...(one.options as object) })])).toEqual([]);
    expect(configDifferences([one])).toEqual([]);
  });
});
