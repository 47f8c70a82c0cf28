import {
  boolean,
  callable,
  custom,
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
import type { DownloadProgress } from '../weights/download.ts';

const pretrainedOptions = options({
  /** Which weights, by their names in the README's table; default: the first that fit the other options. */
  source: optional(text("the name of weights, such as 'mobilenetv2_100.ra_in1k'")),
  /** Folder in which downloads are kept (Node.js alone); default as `loadWeights` says. */
  cacheDir: optional(text("a folder, such as 'weights'")),
  /** Read from that folder alone and never use the network; default false. */
  offline: optional(boolean()),
  /** Called with every piece of the download. */
  onProgress: optional(
    callable<(progress: DownloadProgress) => void>('a function of the progress'),
  ),
  /** Ends the download. */
  signal: optional(custom<AbortSignal>('an AbortSignal', (value) => value instanceof AbortSignal)),
  /** A larger file is refused; default 16 bytes a weight, and 256 MiB. */
  maxBytes: optional(integer({ min: 1 })),
  /** Attempts after the first, where a connection breaks or the server is busy; default 2. */
  retries: optional(integer({ min: 0 })),
  /** Milliseconds before the first of them; doubles each time. Default 500. */
  retryDelay: optional(integer({ min: 0 })),
  /** Milliseconds that the server may take to answer, and then for each 64 KiB; default 30,000. */
  stallTimeout: optional(integer({ min: 1 })),
});

/** Which trained weights {@link createModel} loads, and how. */
export interface PretrainedOptions extends Given<typeof pretrainedOptions> {}

/** With all keys; undefined where an option was left out. */
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
