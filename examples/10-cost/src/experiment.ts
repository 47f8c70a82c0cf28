import { type Measurement, useBackend } from '@mnet/cli';
import { countCosts } from './costs.ts';
import { type CostFlags, own } from './flags.ts';
import { costPage } from './page.ts';
import { costText } from './tables.ts';

/** What separable convolutions save, and what width and resolution cost: counted, nothing is trained or run. */
export const experiment: Measurement<CostFlags> = {
  name: '10-cost',
  description:
    'Counts parameters and multiply-adds: of a standard and a separable layer, of NormalCNN and MobileNetV1, of MobileNetV1 by width and resolution beside its paper, and of the other networks.',
  own,
  async measure(flags, { signal }) {
    await useBackend('cpu');
    const results = countCosts(flags, signal);
    return { results, text: costText(results, flags), page: costPage(results, flags) };
  },
};
