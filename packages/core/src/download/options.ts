import type { DigestAlgorithm } from '../files/digest.ts';
import {
  custom,
  type Given,
  integer,
  optional,
  options,
  type Takes,
  text,
} from '../options/index.ts';

/** The options of patience; spread their `fields` into those of what downloads. */
export const retryOptions = options({
  /** Attempts after the first that may go by without progress, default 5. */
  retries: optional(integer({ min: 0, max: 1_000 }), 5),
  /** Milliseconds before the first retry; doubles each time, up to 30 s. Default 500. */
  retryDelay: optional(integer({ min: 0, max: 3_600_000 }), 500),
  /**
   * Milliseconds that a server may take to answer, and then for each 64 KiB; a slower connection counts as broken.
   * Default 30,000.
   */
  stallTimeout: optional(integer({ min: 1, max: 3_600_000 }), 30_000),
});

/** How patient a download is. */
export interface RetryOptions extends Given<typeof retryOptions> {}

/** A digest with its kind, such as `sha256:` and 64 hexadecimal digits. */
export type DigestText = `${DigestAlgorithm}:${string}`;

/** An option that takes a {@link DigestText}. */
function digestText(): Takes<DigestText> {
  return custom<DigestText>(
    "'sha256:' and 64 hexadecimal digits, or 'md5:' and 32",
    (value) => typeof value === 'string' && /^(sha256:[0-9a-f]{64}|md5:[0-9a-f]{32})$/i.test(value),
  );
}

/** The options that {@link downloadFile} and {@link fetchBytes} share, but for the address. */
export const transferOptions = options({
  ...retryOptions.fields,
  /** The digest that the file must have. Without one, that which the server publishes in `x-linked-etag`. */
  digest: optional(digestText()),
  /** More bytes than this are refused, before they come or as soon as they do. */
  maxBytes: optional(integer({ min: 0 })),
  /** Headers such as `authorization`. They go to the address's own origin, and not where it redirects to another. */
  headers: optional(
    custom<Readonly<Record<string, string>>>(
      'an object of texts',
      (value) =>
        typeof value === 'object' &&
        value !== null &&
        Object.values(value).every((each) => typeof each === 'string'),
    ),
    {},
  ),
  /** What the caller's user can do instead, for errors: `give another address as url`. */
  instead: optional(text('what to do instead, a text'), 'give another address as url'),
  /** Ends the download; a file's can be resumed later. */
  signal: optional(abortSignal()),
});

/** An option that takes an AbortSignal. */
export function abortSignal(): Takes<AbortSignal> {
  return custom<AbortSignal>('an AbortSignal', (value) => value instanceof AbortSignal);
}
