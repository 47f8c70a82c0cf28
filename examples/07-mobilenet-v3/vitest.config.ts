import { exampleConfig } from '../../vitest.shared.ts';

export default exampleConfig('07-mobilenet-v3');
