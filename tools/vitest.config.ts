import { packageConfig } from '../vitest.shared.ts';

const { test, ...config } = packageConfig('tools');

/** What tools/release/rehearsal/ tries takes minutes: `npm run test:release`. */
export default {
  ...config,
  test: {
    ...test,
    include: ['*/test/**/*.test.mjs'],
    // Coverage is of what is published.
    coverage: { enabled: false },
  },
};
