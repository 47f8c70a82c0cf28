/** What a download is doing, for a progress bar or a log. */
export interface DownloadProgress {
  /**
   * - `wait`: another process is downloading the same file
   * - `download`, `verify` (digest): `loaded` of `total` bytes are done
   * - `retry`: a connection broke with `error`; the next attempt follows after `delay` milliseconds
   */
  readonly phase: 'wait' | 'download' | 'retry' | 'verify';
  /** The file that it is about; of what goes into memory, its address. */
  readonly path: string;
  /** Bytes done, in this file, resumed ones included. */
  readonly loaded: number;
  /** Bytes in all, where known. */
  readonly total?: number;
  readonly error?: Error;
  readonly delay?: number;
}

/** Watches a download. What it throws ends the download, and comes through. */
export type OnDownloadProgress = (progress: DownloadProgress) => void;
