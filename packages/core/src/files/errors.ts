/** What went wrong with a file, for programs; the message says it to people. */
export type FileErrorCode =
  | 'missing'
  | 'size'
  | 'digest'
  | 'http'
  | 'network'
  | 'disk-full'
  | 'lock'
  | 'io';

/**
 * A file that is missing, wrong, or could not be fetched, read or written. Its message begins with the file's name.
 * Packages whose files have faults of their own extend it by their codes.
 */
export class FileError<Code extends string = FileErrorCode> extends Error {
  override readonly name: string = 'FileError';
  readonly code: Code;
  /** The file or folder; of what has no path, its address or name. */
  readonly path: string;
  /** The message without the file's name. */
  readonly what: string;

  constructor(code: Code, path: string, what: string, options?: ErrorOptions) {
    super(`${path}: ${what}`, options);
    this.code = code;
    this.path = path;
    this.what = what;
  }
}

/** An error of the file system, told with the file's name and what to do; other errors as they are. */
export function fileSystemError(error: unknown, path: string, doing: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const told = (kind: FileErrorCode, message: string): FileError =>
    new FileError(kind, path, message, { cause: error });
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return told(
        'disk-full',
        `the disk is full (${code}) while ${doing}. Free some space and run again`,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return told(
        'io',
        `not permitted (${code}) while ${doing}. Choose a folder that you may write to`,
      );
    case 'EIO':
    case 'ENAMETOOLONG':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'EMFILE':
    case 'ENOTEMPTY':
    case 'EEXIST':
    case 'ENOENT':
    case 'ELOOP':
    case 'EBUSY':
      return told('io', `${code} while ${doing}`);
    default:
      return error;
  }
}

/** A byte count with separators: 30,730,000 bytes. */
export function bytes(count: number): string {
  return `${count.toLocaleString('en-US')} byte${count === 1 ? '' : 's'}`;
}
