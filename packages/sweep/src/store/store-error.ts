import { FileError } from '@mnet/core/files';

/** What went wrong with a store, for programs; the message says it to people. */
export type StoreErrorCode =
  /** The store, the bucket, or a file that must be there is not. */
  | 'missing'
  /** Not permitted, or a wrong key. */
  | 'denied'
  | 'full'
  /** It cannot be reached, or does not answer. */
  | 'network'
  /** A file has other bytes than it was stored with. */
  | 'damaged'
  /** A local file changed while it was read. */
  | 'changed'
  | 'io';

/** A fault of a store. Its message begins with the store and the file, and holds no secret. */
export class StoreError extends FileError<StoreErrorCode> {
  override readonly name: string = 'StoreError';
  /** Whether the same call may well succeed later, without anyone mending a setting. */
  readonly retriable: boolean;

  constructor(
    code: StoreErrorCode,
    where: string,
    what: string,
    options: ErrorOptions & { readonly retriable: boolean },
  ) {
    super(code, where, what, options);
    this.retriable = options.retriable;
  }
}

/** How a file of a store is called in errors. */
export function nameOf(place: string, key: string): string {
  return key === '' ? place : `${place.replace(/\/$/, '')}/${key}`;
}
