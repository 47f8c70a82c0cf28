import { packageConfig } from '../../vitest.shared.ts';

export default packageConfig('05-width-multiplier');
