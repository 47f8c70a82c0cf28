import * as node from '@mnet/data-cifar';
import { expect, test } from 'vitest';
import { nodePartsOf } from '../../../tools/browser/node-free.mjs';
import * as browser from '../src/browser.ts';

test('the browser entry has the same names', () => {
  expect(Object.keys(browser).toSorted()).toEqual(Object.keys(node).toSorted());
});

test('and nothing behind it needs Node.js', async () => {
  expect(await nodePartsOf('@mnet/data-cifar', import.meta.dirname)).toEqual([]);
});

test('its loaders say what to use instead', async () => {
  await expect(browser.loadCifar10()).rejects.toThrow('parseCifar10');
  await expect(browser.loadCifar100()).rejects.toThrow('parseCifar100');
  await expect(browser.loadCifar()).rejects.toThrow('Node.js');
});
