import { exampleConfig } from '../../vitest.shared.ts';

export default exampleConfig('02-normal-cnn');
