import { bytes, FileError } from '../files/errors.ts';
import { BrokenConnection } from './broken-connection.ts';

/** What errors about an answer name. */
export interface AnswerContext {
  /** The file, for {@link FileError}. */
  readonly path: string;
  /** The address as it may be shown. */
  readonly shown: string;
  readonly instead: string;
}

/** Throws unless the status is 200 or 206: a BrokenConnection where another attempt may mend it. */
export function checkStatus(response: Response, { path, shown, instead }: AnswerContext): void {
  const { status, headers } = response;
  const said = `HTTP ${status} ${response.statusText}`.trim();
  if (status === 408 || status === 429 || status >= 500) {
    throw new BrokenConnection(said, { retryAfter: retryAfter(headers.get('retry-after')) });
  }
  if (status === 200 || status === 206) return;
  let hint = `; ${instead}`;
  if (status === 404) hint = `: check the address, or ${instead}`;
  if (status === 401 || status === 403) hint = `: it is private or gated; ${instead}`;
  throw new FileError('http', path, `${shown} answered ${said}${hint}`);
}

/** Throws where the file has more bytes than it should: `size` is of the whole, undefined where the server is silent. */
export function checkSize(
  size: number | undefined,
  { bytes: exact, maxBytes }: { bytes?: number | undefined; maxBytes?: number | undefined },
  response: Response,
  { path, shown, instead }: AnswerContext,
): void {
  if (size === undefined) return;
  const type = response.headers.get('content-type') ?? 'no content type';
  if (exact !== undefined && size !== exact) {
    throw new FileError(
      'size',
      path,
      `${shown} offers ${bytes(size)} (${type}), expected ${bytes(exact)}: not the file that was asked for; ${instead}`,
    );
  }
  if (maxBytes !== undefined && size > maxBytes) {
    throw new FileError(
      'size',
      path,
      `${shown} offers ${bytes(size)}, over the limit of ${bytes(maxBytes)} (maxBytes)`,
    );
  }
}

/** The error for a body that goes on beyond what it may have. */
export function tooMuch(limit: number, exact: boolean, context: AnswerContext): FileError {
  const { path, shown, instead } = context;
  return new FileError(
    'size',
    path,
    exact
      ? `${shown} sends more than the expected ${bytes(limit)}: not the file that was asked for; ${instead}`
      : `${shown} sends too many bytes, over the limit of ${bytes(limit)} (maxBytes)`,
  );
}

/** The ETag, if strong, else the date: the only validators that If-Range may carry (RFC 9110, 13.1.5). */
export function strongValidator(headers: Headers): string | undefined {
  const etag = headers.get('etag');
  if (etag !== null) return etag.startsWith('W/') ? undefined : etag;
  return headers.get('last-modified') ?? undefined;
}

/** The length that an answer to a request for the whole states. A compressed body's length is not the file's. */
export function statedLength(headers: Headers): number | undefined {
  const length = headers.get('content-length');
  if (length === null || (headers.get('content-encoding') ?? 'identity') !== 'identity') {
    return undefined;
  }
  return Number(length);
}

/** Retry-After in milliseconds: a number of seconds or a date. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const delay = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(delay) ? Math.max(0, delay) : undefined;
}
