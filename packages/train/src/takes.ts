import { custom } from '@mnet/core/options';
import type { Augmentation } from '@mnet/data';

/** What every option named `signal` takes. */
export const abortSignal = custom<AbortSignal>(
  'an AbortSignal, such as new AbortController().signal',
  (value) => {
    const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
    return typeof aborted === 'boolean' && typeof addEventListener === 'function';
  },
);

/** What every option named `augment` takes; what stands in it is for `batches` of `@mnet/data` to check. */
export const augmentation = custom<Augmentation>(
  'an object such as { crop: { padding: 4 }, flip: true }',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
