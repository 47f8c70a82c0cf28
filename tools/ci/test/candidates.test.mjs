import { expect, it } from 'vitest';
import { candidate, unmet } from '../candidates.mjs';

it.each([
  ['4.22.0', ['4.21.0', '4.22.0', '4.23.0-rc.0'], '4.23.0-rc.0'],
  ['4.22.0', ['4.23.0-rc.0', '4.23.0-rc.10', '4.23.0-rc.9'], '4.23.0-rc.10'],
  ['4.22.0', ['4.23.0', '4.23.0-rc.1'], '4.23.0'],
  ['4.22.0', ['4.22.0', '4.22.0-rc.1', '3.0.0'], undefined],
])('beyond %s, of %j, is %s', (installed, versions, newest) => {
  expect(candidate(installed, versions)).toBe(newest);
});

it('needs what is not installed, or too old', () => {
  const installed = { a: '1.2.0', b: '4.23.0-rc.0', c: '1.0.0' };
  const dependencies = { a: '^1.0.0', b: '^4.22.0', c: '^2.0.0', d: '1' };
  expect(unmet(dependencies, (name) => installed[name])).toEqual(['c ^2.0.0', 'd 1']);
  expect(unmet(undefined, () => undefined)).toEqual([]);
});
