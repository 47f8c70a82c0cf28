import { exampleConfig } from '../../vitest.shared.ts';

export default exampleConfig('03-transfer-learning');
