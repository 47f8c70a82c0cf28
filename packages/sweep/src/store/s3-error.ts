import { FileError } from '@mnet/core/files';
import { nameOf, StoreError } from './store-error.ts';

/** What the client's errors have in common. */
interface ClientError extends Error {
  /** Of the network. */
  readonly code?: string;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    readonly requestId?: string;
    readonly attempts?: number;
  };
}

/** What a server answered to a request that failed; undefined where none did. */
export function statusOf(error: unknown): number | undefined {
  return (error as Partial<ClientError> | undefined)?.$metadata?.httpStatusCode;
}

/** How often a request was sent that failed. */
export function attemptsOf(error: unknown): number {
  return (error as Partial<ClientError> | undefined)?.$metadata?.attempts ?? 1;
}

/** Whether an error says that a file is not there; a bucket that is not there is something else. */
export function isAbsent(error: unknown): boolean {
  return statusOf(error) === 404 && nameIn(error) !== 'NoSuchBucket';
}

/**
 * An error of the client or the server, told with the store and the file; errors that were told already as they are. The client's
 * own are not handed on: they hold parts of credentials, and headers.
 *
 * @param doing such as `writing`
 */
export function s3Error(
  error: unknown,
  { place, bucket }: { readonly place: string; readonly bucket: string },
  key: string,
  doing: string,
): unknown {
  if (error instanceof FileError || !isOfRequest(error)) return error;
  const [kind, what, retriable] = reason(error, bucket);
  const cause = new Error(summary(error, kind));
  const message = `${what}; ${cause.message}, while ${doing}`;
  return new StoreError(kind, nameOf(place, key), message, { cause, retriable });
}

/** Whether it is an error of a request: one of the program's own or of a local file is not of the network. */
function isOfRequest(error: unknown): error is ClientError {
  if (!(error instanceof Error) || 'path' in error) return false;
  return '$metadata' in error || 'code' in error || error.name in byName || noRegionIn(error);
}

function noRegionIn(error: Error): boolean {
  return error.message.startsWith('Region is missing');
}

type Told = readonly [kind: StoreError['code'], what: string, retriable: boolean];

function reason(error: Error, bucket: string): Told {
  const name = nameIn(error);
  const told = byName[name];
  if (told) return told;
  if (name === 'NoSuchBucket') return ['missing', `there is no bucket '${bucket}'`, false];
  if (noRegionIn(error)) return noRegion;
  const { code = '' } = error as ClientError;
  if (/CERT|SELF_SIGNED|SSL|TLS/.test(code)) {
    return ['network', "the server's certificate is not to be trusted", false];
  }
  const status = statusOf(error);
  // Headers of a server that does not know the bucket say nothing else.
  if (status === 404) return ['missing', `there is no bucket '${bucket}', or no such file`, false];
  if (status === 401 || status === 403) return byName.AccessDenied as Told;
  if (status === 507) return full;
  if (status === 301 || status === 307 || status === 400) return otherRegion(name, status);
  if (status === 429 || (status !== undefined && status >= 500)) return busy;
  if (status === undefined) {
    return ['network', 'the server cannot be reached', true];
  }
  return ['io', 'the server refused', false];
}

function otherRegion(name: string, status: number): Told {
  const region = /Redirect|Region|AuthorizationHeaderMalformed|IllegalLocation/.test(name);
  if (region || status === 301) {
    return ['denied', 'the bucket is in another region: name it by AWS_REGION or ?region=', false];
  }
  return ['io', 'the server refused', false];
}

const full: Told = ['full', 'the store is full, or its quota used up', true];
const busy: Told = ['network', 'the server is busy or failed', true];
const noRegion: Told = [
  'denied',
  'no region is named: set AWS_REGION or write ?region=, which may be us-east-1 where the server is not AWS',
  false,
];
const noCredentials: Told = [
  'denied',
  'there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE',
  false,
];

const byName: Readonly<Record<string, Told>> = {
  CredentialsProviderError: noCredentials,
  TokenProviderError: noCredentials,
  InvalidAccessKeyId: ['denied', 'the access key is not known there', false],
  SignatureDoesNotMatch: ['denied', 'the secret key does not fit the access key', false],
  ExpiredToken: ['denied', 'the session of these credentials is over', false],
  InvalidToken: ['denied', 'the session token is not valid', false],
  AccessDenied: [
    'denied',
    'not permitted: it takes s3:GetObject, s3:PutObject, s3:DeleteObject, s3:ListBucket',
    false,
  ],
  RequestTimeTooSkewed: ['denied', 'the clock of this machine is wrong', false],
  QuotaExceeded: full,
  XMinioStorageFull: full,
  InsufficientCapacity: full,
  SlowDown: busy,
  TimeoutError: ['network', 'the server does not answer', true],
  AbortError: ['network', 'the store was closed', false],
};

function nameIn(error: unknown): string {
  const { Code, name } = error as { Code?: unknown; name?: unknown };
  return String(typeof Code === 'string' ? Code : name);
}

/** What the server or the network said, without what credentials are quoted in. */
function summary(error: ClientError, kind: StoreError['code']): string {
  const { httpStatusCode: status, requestId } = error.$metadata ?? {};
  const name = error.code ?? nameIn(error);
  const said = kind === 'denied' || error.message === 'UnknownError' ? '' : `: ${error.message}`;
  const answer =
    status === undefined ? '' : ` (${status}${requestId ? `, request ${requestId}` : ''})`;
  return `${name}${said}${answer}`;
}
