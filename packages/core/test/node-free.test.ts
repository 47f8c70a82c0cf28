import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nodePartsOf } from '../../../tools/browser/node-free.mjs';

const manifest = new URL('../package.json', import.meta.url);
const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as { exports: object };
const entries = Object.keys(exports)
  .filter((entry) => entry !== './package.json')
  .map((entry) => entry.replace('.', '@mnet/core'));

test.each(entries)('in a browser nothing of Node.js comes with %s', async (entry) => {
  expect(await nodePartsOf(entry, import.meta.dirname)).toEqual([]);
});

test('what would come is told', async () => {
  await expect(nodePartsOf('proper-lockfile', import.meta.dirname)).rejects.toThrow('"fs"');
  expect(await nodePartsOf('retry', import.meta.dirname)).toContainEqual(
    expect.stringMatching(/node_modules\/retry\//),
  );
  expect(await nodePartsOf('./helpers/files.ts', import.meta.dirname)).toContain('node:path');
});
