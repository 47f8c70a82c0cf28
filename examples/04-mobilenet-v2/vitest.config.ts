import { exampleConfig } from '../../vitest.shared.ts';

export default exampleConfig('04-mobilenet-v2');
