import {
  choice,
  either,
  type Given,
  integer,
  list,
  number,
  type Options,
  optional,
  options,
} from '@mnet/core/options';

/** The declared options of any network. */
// biome-ignore lint/suspicious/noExplicitAny: a type parameter's bound
export type AnyOptions = Options<any>;

/** The strides that have a name; what each is stands at `strides` of {@link ArchitectureOptions}. */
export const namedStrides = ['paper', 'stem1', 'cifar'] as const;

const each = list(
  integer({ min: 1 }),
  "an array of whole numbers from 1, the stem's and each row's",
);

/** Declares {@link ArchitectureOptions}, for whoever offers them in another form, such as flags. */
export const architectureOptions = options({
  /** Multiplier of the channels, above 0 and at most 1,000; default 1. */
  width: optional(number({ above: 0, max: 1e3 }), 1),
  /**
   * How fast pictures shrink on their way through the network:
   * - `paper`: as in its paper, for pictures of some 224×224
   * - `stem1`: the same, but stride 1 in the first convolution; ResNet's pooling after it stays
   * - `cifar`: for pictures of 32×32. Stride 1 in the first convolution, in MobileNetV2 also in the stage of 24
   *   channels; in ResNet a 3×3 stem without the pooling
   * - an array: the stem's and that of each row of the table, all of them
   *
   * Default: `cifar` for pictures of at most 64×64, `paper` for larger ones. A table of `architecture()` is for no
   * size of pictures: there, `paper`.
   */
  strides: optional(either(choice(namedStrides), each)),
});

/** What decides a network's table, for all networks. */
export interface ArchitectureOptions extends Given<typeof architectureOptions> {}

/** How fast pictures shrink: a name, or the stem's stride and that of each row. */
export type Strides = NonNullable<ArchitectureOptions['strides']>;

/** The options of a table: those of all networks and the network's own. */
export type TableOptions<Own extends AnyOptions> = ArchitectureOptions & Given<Own>;

/** Declares the {@link TableOptions} of a network from its own options. */
export function tableOptions(own: AnyOptions): AnyOptions {
  return options({ ...architectureOptions.fields, ...own.fields });
}

/** The largest pictures that get the strides for small ones, by default. */
const smallSide = 64;

/** Strides for pictures of this shape, where none are asked for. */
export function stridesFor([height = 0, width = 0]: readonly number[]): Strides {
  return Math.max(height, width) <= smallSide ? 'cifar' : 'paper';
}
