import {
  type Given,
  integer,
  optional,
  options,
  resolve,
  type Resolved,
  type Takes,
  text,
  unfit,
} from '@mnet/core/options';
import { readOptions } from '../weights/read-safetensors.ts';

// Both are the weights' own.
const { revision: _revision, sha256: _sha256, ...reading } = readOptions.fields;

const pretrainedOptions = options({
  /** Which weights, by their names in the README's table; default: the first that fit the other options. */
  source: optional(text("the name of weights, such as 'mobilenetv2_100.ra_in1k'")),
  ...reading,
  /** A file of more bytes is refused before it is read; unless given, several times what the model takes. */
  maxBytes: optional(integer({ min: 0 })),
});

/** Which trained weights {@link createModel} loads, and how. */
export interface PretrainedOptions extends Given<typeof pretrainedOptions> {}

/** With their defaults. */
export type ResolvedPretrained = Resolved<typeof pretrainedOptions>;

const words = `true, false, or an object with ${pretrainedOptions.keys.join(', ')}`;

/** Takes `true` for the defaults, `false` for no trained weights, which is undefined here, or options. */
export const takesPretrained: Takes<boolean | PretrainedOptions, ResolvedPretrained | undefined> = {
  text: words,
  check: (value, argument) => {
    if (value === false) return undefined;
    const given = value === true ? {} : value;
    if (typeof given !== 'object' || given === null) throw unfit(value, words, argument);
    return resolve(pretrainedOptions, given, argument, `${argument}.`);
  },
};
