/** What went wrong with a file, for programs; the message says it to people. */
export type DataFileErrorCode =
  | 'missing'
  | 'size'
  | 'label'
  | 'digest'
  | 'archive'
  | 'http'
  | 'network'
  | 'disk-full'
  | 'lock'
  | 'io';

/** A data file that is missing, broken, or could not be fetched or written. */
export class DataFileError extends Error {
  override readonly name: string = 'DataFileError';
  readonly code: DataFileErrorCode;
  /** The file or folder. */
  readonly path: string;

  constructor(code: DataFileErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(`${path}: ${message}`, options);
    this.code = code;
    this.path = path;
  }
}

/** An error of the file system, told with the file's name and what to do; other errors as they are. */
export function fileSystemError(error: unknown, path: string, doing: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const told = (kind: DataFileErrorCode, message: string): DataFileError =>
    new DataFileError(kind, path, message, { cause: error });
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
