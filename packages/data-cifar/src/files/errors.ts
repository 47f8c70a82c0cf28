import { FileError, type FileErrorCode } from '@mnet/core/files';

/** What went wrong with a file, for programs; the message says it to people. */
export type DataFileErrorCode = FileErrorCode | 'label' | 'archive';

/** A data file that is missing, broken, or could not be fetched or written. */
export class DataFileError extends FileError<DataFileErrorCode> {
  override readonly name: string = 'DataFileError';
}

/** Errors of files as a DataFileError; others as they are. */
export function dataFileError(error: unknown): unknown {
  if (error instanceof DataFileError || !(error instanceof FileError)) return error;
  const { code, path, what } = error as FileError;
  return new DataFileError(code, path, what, { cause: error });
}
