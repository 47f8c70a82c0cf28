import { packageConfig } from '../../vitest.shared.ts';

export default packageConfig('04-mobilenet-v2');
