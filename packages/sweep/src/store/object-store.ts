/** A file of a store, by its name. */
export interface StoredFile {
  /**
   * Its name: parts of letters, digits, `.`, `_`, `-` and `=` with `/` between them; no part begins with a dot or has more than 200
   * characters, and all have not more than 700. No
   * file's name is the folder of another's.
   */
  readonly key: string;
  readonly bytes: number;
}

/** What a file's content must be. */
export interface Expected {
  /** Its SHA-256 in hexadecimal. Where the content has another, nothing is written. */
  readonly sha256?: string;
}

/** What of a local file is stored. */
export interface ExpectedFile extends Expected {
  /** Only so many bytes from its beginning, of a file that may grow meanwhile; all of it unless given. */
  readonly bytes?: number;
}

/**
 * Files that all workers see: a shared folder, or a bucket. A file is there whole or not at all. Errors ({@link StoreError}) name
 * the store and the key, never a secret, and say whether it is worth trying again.
 */
export interface ObjectStore {
  /** Such as `s3://bucket/prefix`; without secrets. */
  readonly place: string;
  /**
   * Writes a file.
   *
   * @param options.ifAbsent whether one that is there stays as it is; of several writers at once, one writes. (Some S3 servers know
   *   no such thing: see {@link openStore}.)
   * @returns whether it was written
   */
  put(
    key: string,
    content: string | Uint8Array,
    options?: { ifAbsent?: boolean },
  ): Promise<boolean>;
  /** Writes a file from a local one. @throws StoreError with the code `changed` where that is not what is expected */
  putFile(key: string, path: string, expected?: ExpectedFile): Promise<void>;
  /** A small file's content; undefined where there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /**
   * Writes a file to a local path, whole or not at all.
   *
   * @returns whether it was there
   * @throws StoreError with the code `damaged` where it is not what is expected
   */
  getFile(key: string, path: string, expected?: Expected): Promise<boolean>;
  /** Whether there is a file of this name. */
  has(key: string): Promise<boolean>;
  /** All files whose names begin so, in the order of their names. */
  list(prefix: string): AsyncIterable<StoredFile>;
  /** Removes a file; one that is not there is none to be removed. */
  remove(key: string): Promise<void>;
  /** Frees connections. */
  close(): Promise<void>;
}
