import { choice, either, integer, list, type Takes } from '@mnet/core/options';
import { architecture, type ModelName } from '@mnet/models';

/** The strides that have a name. */
export const stridesNames = ['paper', 'stem1', 'cifar'] as const;

/**
 * Which strides a network has: those of the paper, for large pictures; these with stride 1 in the stem; those for
 * pictures of 32×32; or a list of the stem's and one for each row of its table.
 */
export type Strides = (typeof stridesNames)[number] | readonly number[];

/** What `--strides` takes. */
export const stridesTaken: Takes<Strides> = either(
  choice(stridesNames),
  list(integer({ min: 1 }), 'a list such as 1,2,1,2,1'),
);

/** What the flag says of itself. */
export const stridesText =
  'paper; stem1, the same with stride 1 in the stem; cifar, for 32×32 pictures; or a list';

/** The strides as options of `createModel`. */
export function stridesOptions(
  name: ModelName,
  strides: Strides,
): { stem: 'imagenet' | 'cifar'; strides?: readonly number[] } {
  if (strides === 'cifar') return { stem: 'cifar' };
  if (strides === 'paper') return { stem: 'imagenet' };
  if (strides !== 'stem1') return { stem: 'imagenet', strides };
  const { blocks } = architecture(name);
  return { stem: 'imagenet', strides: [1, ...blocks.map(({ stride }) => stride ?? 1)] };
}
