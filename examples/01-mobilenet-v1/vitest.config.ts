import { packageConfig } from '../../vitest.shared.ts';

export default packageConfig('01-mobilenet-v1');
