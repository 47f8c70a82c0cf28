import type { Augmentation } from '@mnet/data';

/** What of a teacher's work can be done once an image. */
export type Cacheable = 'plain' | 'mirrored' | 'none';

/**
 * Whether a teacher's logits can be stored once an image: without augmentation one row each, with mirroring alone, at random
 * or alternating, two. All else makes a new image each time, of which the teacher must be asked anew.
 */
export function cacheable(augment: Augmentation = {}): Cacheable {
  if (newImages(augment) !== '') return 'none';
  return (augment.flip ?? false) === false ? 'plain' : 'mirrored';
}

/** What of an augmentation makes a new image each time: `'crop and mixup'`. */
export function newImages(augment: Augmentation = {}): string {
  const { flip: _known, ...others } = augment;
  return Object.entries(others)
    .filter(([key, given]) => given !== undefined && !isOff(key, augment))
    .map(([key]) => key)
    .join(' and ');
}

/** An option that is there and does nothing. One that is not known here is taken to do something. */
function isOff(key: string, augment: Augmentation): boolean {
  const off: Readonly<Record<string, boolean>> = {
    crop: augment.crop?.padding === 0,
    cutout: augment.cutout?.size === 0,
    randomErasing: augment.randomErasing?.probability === 0,
    trivialAugment: augment.trivialAugment === false,
    cutmix: augment.cutmix?.probability === 0,
  };
  return off[key] === true;
}
