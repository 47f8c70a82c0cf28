import { exampleConfig } from '../../vitest.shared.ts';

export default exampleConfig('01-mobilenet-v1');
