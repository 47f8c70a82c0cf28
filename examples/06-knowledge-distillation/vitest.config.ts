import { exampleConfig } from '../../vitest.shared.ts';

export default exampleConfig('06-knowledge-distillation');
