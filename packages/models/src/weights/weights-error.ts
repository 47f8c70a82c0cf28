import { FileError, type FileErrorCode } from '@mnet/core/files';
import { quote, SafetensorsError } from '@mnet/core/safetensors';

/** What is wrong with weights: a file that cannot be had, is no sound safetensors file, or does not fit the model. */
export type WeightsErrorCode = FileErrorCode | 'format' | 'fit';

/** Where in a weight file something is wrong. */
export interface WeightsErrorPlace {
  /** Path, URL or name of the source. */
  readonly file: string;
  /** Name of the tensor in the file, where one tensor is at fault. */
  readonly tensor?: string | undefined;
  /** Default `fit`. */
  readonly code?: WeightsErrorCode;
}

/** A weight file that cannot be read, or does not fit the model. The message names file, tensor and fault. */
export class WeightsError extends FileError<WeightsErrorCode> {
  override readonly name = 'WeightsError';
  readonly file: string;
  readonly tensor: string | undefined;

  constructor(what: string, place: WeightsErrorPlace, options?: ErrorOptions) {
    const { file, tensor, code = 'fit' } = place;
    const where = tensor === undefined ? '' : `tensor ${quote(tensor)}: `;
    super(code, file, where + what, options);
    this.file = file;
    this.tensor = tensor;
  }
}

/** Errors of files and of their format as a WeightsError that names this file; others as they are. */
export function weightsError(error: unknown, file: string): unknown {
  const options = { cause: error };
  if (error instanceof SafetensorsError) {
    const { fault, tensor, code } = error;
    return new WeightsError(fault, { file, tensor, code }, options);
  }
  if (error instanceof WeightsError || !(error instanceof FileError)) return error;
  const { code, what } = error as FileError;
  return new WeightsError(what, { file, code }, options);
}
