/** Where in a weight file something is wrong. */
export interface WeightsErrorPlace {
  /** Path, URL or name of the source. */
  readonly file: string;
  /** Name of the tensor in the file, where one tensor is at fault. */
  readonly tensor?: string;
}

/** A weight file that cannot be read, or does not fit the model. The message names file, tensor and fault. */
export class WeightsError extends Error {
  override readonly name = 'WeightsError';
  readonly file: string;
  readonly tensor: string | undefined;

  constructor(what: string, place: WeightsErrorPlace, options?: ErrorOptions) {
    const tensor = place.tensor === undefined ? '' : `tensor ${quote(place.tensor)}: `;
    super(`${place.file}: ${tensor}${what}`, options);
    this.file = place.file;
    this.tensor = place.tensor;
  }
}

/** A string from a file as it may stand in a message: control characters escaped, at most 80 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
