import type { Measurement } from '@mnet/cli';
import { type LatencyFlags, own } from './flags.ts';
import { measureAll } from './measure.ts';
import { latencyPage } from './page.ts';
import { latencyText } from './tables.ts';

/** How long one prediction takes: all networks, several widths, every backend that is installed. */
export const experiment: Measurement<LatencyFlags> = {
  name: '09-latency',
  description:
    'Measures the latency of all networks at several widths on every TensorFlow.js backend that is installed, each in a process of its own.',
  own,
  async measure(flags, context) {
    const results = await measureAll(flags, context);
    return { results, text: latencyText(results), page: latencyPage(results) };
  },
};
