/** A file of a store, by its name. */
export interface StoredFile {
  /** Its name: parts of letters, digits, `.`, `_`, `-` and `=` with `/` between them. */
  readonly key: string;
  readonly bytes: number;
}

/**
 * Files that all workers see: a shared folder, or a bucket. A file is there whole or not at all. Errors name the store and the key,
 * never a secret, and say whether it is worth trying again.
 */
export interface ObjectStore {
  /** Such as `s3://bucket/prefix`; without secrets. */
  readonly place: string;
  /**
   * Writes a file.
   *
   * @param ifAbsent whether one that is there stays as it is; of several writers at once, one writes
   * @returns whether it was written
   */
  put(
    key: string,
    content: string | Uint8Array,
    options?: { ifAbsent?: boolean },
  ): Promise<boolean>;
  /** Writes a file from a local one. */
  putFile(key: string, path: string): Promise<void>;
  /** A small file's content; undefined where there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Writes a file to a local path, whole or not at all. @returns whether it was there */
  getFile(key: string, path: string): Promise<boolean>;
  has(key: string): Promise<boolean>;
  /** All files whose names begin so, in the order of their names. */
  list(prefix: string): AsyncIterable<StoredFile>;
  /** Removes a file; one that is not there is none to be removed. */
  remove(key: string): Promise<void>;
  /** Frees connections. */
  close(): Promise<void>;
}
