import type { Augmentation } from '@mnet/data';
import type { Objective } from './objective.ts';

/** @throws if the pictures are mixed, and the objective knows nothing of the labels of the other halves. */
export function checkMixing(
  { name, mixes }: Objective,
  augment: Augmentation | undefined,
  option: 'loss' | 'objective',
): void {
  const mixed = (['mixup', 'cutmix'] as const).filter((key) => augment?.[key] !== undefined);
  if (mixed.length === 0 || mixes === true) return;
  const what =
    option === 'loss'
      ? `a function of logits and labels, '${name}',`
      : `'${name}', which does not say that it heeds batch.mix (mixes: true),`;
  throw new TypeError(
    `${option}: got ${what} with augment.${mixed.join(' and augment.')}, whose pictures have two labels; takes the default loss, cross-entropy, or an objective with mixes: true, or the augmentation without ${mixed.join(' and ')}`,
  );
}
