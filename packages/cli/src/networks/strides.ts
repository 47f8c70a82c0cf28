import { choice, either, integer, list, type Takes } from '@mnet/core/options';

/** The strides that have a name. */
export const stridesNames = ['paper', 'stem1', 'cifar'] as const;

/** What `createModel` takes as `strides`: a name, or a list of the stem's and one for each row of its table. */
export type Strides = (typeof stridesNames)[number] | readonly number[];

/** What `--strides` takes. */
export const stridesTaken: Takes<Strides> = either(
  choice(stridesNames),
  list(integer({ min: 1 }), 'a list such as 1,2,1,2,1'),
);

/** What the flag says of itself. */
export const stridesText =
  'paper; stem1, the same with stride 1 in the stem; cifar, for 32×32 pictures; or a list';
