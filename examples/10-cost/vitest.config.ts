import { exampleConfig } from '../../vitest.shared.ts';

export default exampleConfig('10-cost');
