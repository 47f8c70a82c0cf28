import { expect, test } from 'vitest';
import { nodePartsOf } from '../../../tools/browser/node-free.mjs';

test('in a browser nothing of Node.js comes with it', async () => {
  expect(await nodePartsOf('@mnet/layers', import.meta.dirname)).toEqual([]);
});
