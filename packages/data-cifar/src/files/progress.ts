/** What a loader is doing, for a progress bar or a log. */
export interface LoadProgress {
  /**
   * - `wait`: another process is loading into the same folder
   * - `download`, `verify` (digest), `unpack`, `read`: `loaded` of `total` bytes are done
   * - `retry`: a connection broke with `error`; the next attempt follows after `delay` milliseconds
   */
  readonly phase: 'wait' | 'download' | 'retry' | 'verify' | 'unpack' | 'read';
  /** The file that it is about. */
  readonly path: string;
  /** Bytes done, in this file, resumed ones included. */
  readonly loaded: number;
  /** Bytes in all, where known. */
  readonly total?: number;
  readonly error?: Error;
  readonly delay?: number;
}

export type OnProgress = (progress: LoadProgress) => void;
