import { number } from '@mnet/core/options';

/** T, which divides the logits before a softmax. */
export const temperature = number({ above: 0, max: 1e6 });
