import type { Augmentation } from '@mnet/data';

/** What of a teacher's work can be done once an image. */
export type Cacheable = 'plain' | 'mirrored' | 'none';

/**
 * Whether a teacher's logits can be stored once an image: without augmentation one row each, with mirroring alone
 * two. A crop or a cutout makes a new image each time, of which the teacher must be asked anew.
 */
export function cacheable({ crop, flip, cutout }: Augmentation = {}): Cacheable {
  if ((crop?.padding ?? 0) > 0 || (cutout?.size ?? 0) > 0) return 'none';
  return flip === true ? 'mirrored' : 'plain';
}
