import { exampleConfig } from '../../vitest.shared.ts';

export default exampleConfig('11-distillation-methods');
