import { packageConfig } from '../../vitest.shared.ts';

export default packageConfig('12-speedrun');
