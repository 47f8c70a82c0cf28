import { createRequire } from 'node:module';
import { Tensor } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { copiesOf, warnOfCopies } from '@mnet/ops';

// What is only as if: programs with two copies are tried in processes of their own, by the tests of layers and of backend.
const globals = (globalThis as unknown as { _tfGlobals: Map<string, unknown> })._tfGlobals;
const { cache } = createRequire(import.meta.url);
const other = '/app/node_modules/other/node_modules/@tensorflow/tfjs-core';

beforeEach(() => vi.spyOn(console, 'warn').mockImplementation(() => undefined));
afterEach(() => {
  vi.restoreAllMocks();
  globals.set('Tensor', Tensor);
  delete cache[`${other}/dist/tf-core.node.js`];
});

test('one copy of tfjs-core is nothing to tell of', () => {
  warnOfCopies();
  expect(console.warn).not.toHaveBeenCalled();
  expect(copiesOf('tfjs-core')).not.toContain('Loaded are');
});

test('what Node.js has loaded is named with versions and folders', () => {
  cache[`${other}/dist/tf-core.node.js`] = undefined;
  expect(copiesOf('tfjs-core')).toMatch(
    /Loaded are 4\.22\.0 in \S+tfjs-core, and one in \/app\/node_modules\/other\/node_modules\/@tensorflow\/tfjs-core\. .*overrides/,
  );
});

test('a copy that was bundled is told by its class of tensors, and warned of once', () => {
  globals.set('Tensor', class extends Tensor {});
  warnOfCopies();
  warnOfCopies();
  expect(console.warn).toHaveBeenCalledTimes(1);
  expect(vi.mocked(console.warn).mock.lastCall?.[0]).toMatch(
    /more than one copy of @tensorflow\/tfjs-core\..*Loaded are 4\.22\.0 at (?:file:\/\/)?\/\S+tf-core\.node\.js:\d+:\d+, and another at \/\S+:\d+:\d+\. /,
  );
});
