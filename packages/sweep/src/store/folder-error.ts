import { FileError } from '@mnet/core/files';
import { nameOf, StoreError } from './store-error.ts';

/**
 * An error of the file system that a store's folder is on, told with the store and the file; errors that were told already as they are.
 *
 * @param doing such as `writing`
 */
export function folderError(error: unknown, place: string, key: string, doing: string): unknown {
  if (error instanceof FileError) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const name = nameOf(place, key);
  const told = (...[kind, what, retriable]: Told): StoreError =>
    new StoreError(kind, name, `${what} (${code}) while ${doing}`, { cause: error, retriable });
  const known = code === undefined ? undefined : faults[code];
  if (known) return told(...known);
  return code === undefined ? error : told('io', 'failed', false);
}

type Told = readonly [kind: StoreError['code'], what: string, retriable: boolean];

// A share that is gone for a while answers with the codes in the middle, as its mount says (NFS: soft).
const faults: Readonly<Record<string, Told>> = {
  ENOSPC: ['full', 'the disk is full', true],
  EDQUOT: ['full', 'the quota of this user is used up', true],
  EFBIG: ['full', 'the file is too large for this disk', false],
  EACCES: ['denied', 'not permitted', false],
  EPERM: ['denied', 'not permitted', false],
  EROFS: ['denied', 'it can only be read', false],
  EIO: ['io', 'the disk or share failed', true],
  ESTALE: ['io', 'the share was mounted anew', true],
  EAGAIN: ['io', 'the share is busy', true],
  EBUSY: ['io', 'the share is busy', true],
  EMFILE: ['io', 'too many files are open', true],
  ENFILE: ['io', 'too many files are open', true],
  ETIMEDOUT: ['network', 'the share does not answer', true],
  EHOSTDOWN: ['network', 'the share does not answer', true],
  EHOSTUNREACH: ['network', 'the share does not answer', true],
  ENOTCONN: ['network', 'the share is not connected', true],
  ENODEV: ['missing', 'the disk or share is gone', true],
  ENXIO: ['missing', 'the disk or share is gone', true],
};
