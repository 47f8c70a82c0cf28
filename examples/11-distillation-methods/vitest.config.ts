import { packageConfig } from '../../vitest.shared.ts';

export default packageConfig('11-distillation-methods');
