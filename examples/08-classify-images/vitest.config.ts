import { exampleConfig } from '../../vitest.shared.ts';

export default exampleConfig('08-classify-images');
