/** A file that is no picture that could be read. */
export interface UnreadablePicture {
  /** Where it stands, below the folder that was loaded. */
  readonly path: string;
  /** What is wrong with it, such as `is empty`. */
  readonly reason: string;
}

const named = 10;

/** Files that should be pictures cannot be read. `skipUnreadable: true` leaves them out instead. */
export class UnreadablePicturesError extends Error {
  override readonly name = 'UnreadablePicturesError';
  /** All of them; the message names the first ten. */
  readonly pictures: readonly UnreadablePicture[];

  constructor(where: string, pictures: readonly UnreadablePicture[]) {
    const lines = pictures.slice(0, named).map(({ path, reason }) => `\n  ${path} ${reason}`);
    const more = pictures.length > named ? `\n  and ${pictures.length - named} more` : '';
    super(
      `${where}: ${pictures.length === 1 ? '1 file' : `${pictures.length} files`} cannot be read as pictures; remove, or leave out with skipUnreadable: true:${lines.join('')}${more}`,
    );
    this.pictures = pictures;
  }
}

/** One picture's error: what its file is, without its name. */
export class PictureError extends Error {
  override readonly name = 'PictureError';
}
