import { packageConfig } from '../../vitest.shared.ts';

export default packageConfig('09-latency');
