import { packageConfig } from '../../vitest.shared.ts';

export default packageConfig('02-normal-cnn');
