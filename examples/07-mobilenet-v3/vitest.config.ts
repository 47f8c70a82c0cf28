import { packageConfig } from '../../vitest.shared.ts';

export default packageConfig('07-mobilenet-v3');
