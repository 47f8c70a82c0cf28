import { defineConfig } from 'vitest/config';

// `npm run test:release`: of minutes, and so apart from the tests of the scripts' logic.
export default defineConfig({
  test: {
    name: 'releases',
    root: import.meta.dirname,
    include: ['*.test.mjs'],
    // These only end what hangs.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
