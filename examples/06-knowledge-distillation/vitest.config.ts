import { packageConfig } from '../../vitest.shared.ts';

export default packageConfig('06-knowledge-distillation');
