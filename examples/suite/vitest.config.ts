import { exampleConfig } from '../../vitest.shared.ts';

export default exampleConfig('suite');
