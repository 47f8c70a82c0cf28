import { FileError } from '../files/errors.ts';

/** A safetensors file that is not one, or not a sound one. The message names file, tensor and fault. */
export class SafetensorsError extends FileError<'format'> {
  override readonly name: string = 'SafetensorsError';
  /** Name of the tensor in the file, where one tensor is at fault. */
  readonly tensor: string | undefined;
  /** The message without the names of file and tensor. */
  readonly fault: string;

  constructor(fault: string, file: string, tensor?: string, options?: ErrorOptions) {
    const where = tensor === undefined ? '' : `tensor ${quote(tensor)}: `;
    super('format', file, where + fault, options);
    this.tensor = tensor;
    this.fault = fault;
  }
}

/** A string from a file as it may stand in a message: control characters escaped, at most 80 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
