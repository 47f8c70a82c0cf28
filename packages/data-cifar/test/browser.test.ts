import { readFile } from 'node:fs/promises';
import * as node from '@mnet/data-cifar';
import { expect, test } from 'vitest';
import * as browser from '../src/browser.ts';

test('the browser entry has the same names', () => {
  expect(Object.keys(browser).toSorted()).toEqual(Object.keys(node).toSorted());
});

test('and nothing behind it needs Node.js', async () => {
  const bare = new Set<string>();
  const seen = new Set<string>();
  const visit = async (url: URL): Promise<void> => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    const text = await readFile(url, 'utf8');
    // `import type` and `export type` leave nothing behind.
    for (const [, name] of text.matchAll(/^(?!import type|export type).*from '([^']+)';$/gm)) {
      if (name!.startsWith('.')) await visit(new URL(name!, url));
      else bare.add(name!);
    }
  };
  await visit(new URL('../src/browser.ts', import.meta.url));
  expect(seen.size).toBeGreaterThan(5);
  expect([...bare].toSorted()).toEqual([
    '@mnet/core/check',
    '@mnet/core/options',
    '@mnet/data',
    '@noble/hashes/legacy.js',
    '@noble/hashes/utils.js',
    'modern-tar',
  ]);
});

test('its loaders say what to use instead', async () => {
  await expect(browser.loadCifar10()).rejects.toThrow('parseCifar10');
  await expect(browser.loadCifar100()).rejects.toThrow('parseCifar100');
  await expect(browser.loadCifar()).rejects.toThrow('Node.js');
});
