import { packageConfig } from '../../vitest.shared.ts';

// Its tests remove the backend, and let others take its place.
export default packageConfig('backend', { isolate: true });
