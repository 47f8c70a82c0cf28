export { webAddress } from './address.ts';
export { downloadFile, type DownloadOptions } from './download-file.ts';
export { fetchBytes, type FetchOptions } from './fetch-bytes.ts';
export { abortSignal, type DigestText, retryOptions, type RetryOptions } from './options.ts';
export type { DownloadProgress, OnDownloadProgress } from './progress.ts';
