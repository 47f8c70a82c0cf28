import { exampleConfig } from '../../vitest.shared.ts';

export default exampleConfig('09-latency');
