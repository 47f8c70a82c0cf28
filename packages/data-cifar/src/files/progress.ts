import type { DownloadProgress } from '@mnet/core/download';

/** What a loader is doing, for a progress bar or a log. */
export interface LoadProgress extends Omit<DownloadProgress, 'phase'> {
  /**
   * - `wait`: another process is loading into the same folder
   * - `download`, `verify` (digest), `unpack`, `read`: `loaded` of `total` bytes are done
   * - `retry`: a connection broke with `error`; the next attempt follows after `delay` milliseconds
   */
  readonly phase: DownloadProgress['phase'] | 'unpack' | 'read';
}

/** Watches a load. */
export type OnProgress = (progress: LoadProgress) => void;
