/** A checkpoint that nothing can go on from. Its message begins with the file's name. */
export class CheckpointError extends Error {
  readonly file: string;
  /** What is wrong with it: the message without the file's name. */
  readonly what: string;

  constructor(file: string, what: string, options?: ErrorOptions) {
    super(`${file}: ${what}`, options);
    this.file = file;
    this.what = what;
  }
}
