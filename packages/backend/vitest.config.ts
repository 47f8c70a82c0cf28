import { defineConfig } from 'vitest/config';
import { loadAddon } from './src/native/load-addon.ts';
import { packageConfig } from '../../vitest.shared.ts';

// Its tests remove the backend, and let others take its place.
const { test, ...config } = packageConfig('backend', { isolate: true });

/** Tests of what only WebAssembly has, and of what has no runtime. */
const wasmOnly = [
  'browser',
  'native-threads',
  'conformance/*',
  'heap',
  'queue',
  'start-node',
  'two-copies',
];

const addon = loadAddon();
if (typeof addon === 'string')
  console.warn(`tests of the native runtime: skipped, ${addon} (npm run native builds it)`);

/** Every kernel and every promise on each runtime that is here. */
export default defineConfig({
  ...config,
  test: {
    ...test,
    coverage: {
      ...test?.coverage,
      exclude: [
        ...(test?.coverage?.exclude ?? []),
        ...(typeof addon === 'string' ? ['src/native/**'] : []),
      ],
    },
    projects: [
      {
        extends: true,
        test: { name: 'wasm', env: { MNET_RUNTIME: 'wasm' }, exclude: ['test/native/**'] },
      },
      ...(typeof addon === 'string'
        ? []
        : [
            {
              extends: true as const,
              test: {
                name: 'native',
                env: { MNET_RUNTIME: 'native' },
                exclude: wasmOnly.map((name) => `test/${name}.test.ts`),
              },
            },
          ]),
    ],
  },
});
