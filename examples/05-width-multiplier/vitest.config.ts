import { exampleConfig } from '../../vitest.shared.ts';

export default exampleConfig('05-width-multiplier');
