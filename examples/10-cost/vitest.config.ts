import { packageConfig } from '../../vitest.shared.ts';

export default packageConfig('10-cost');
