import type * as S3 from '@aws-sdk/client-s3';
import { pause } from '@mnet/core/files';
import type { S3Address } from './s3-address.ts';

/** How often a request is tried; between that is waited, up to 20 s. */
export const ATTEMPTS = 5;

/** A bucket, and the client that it is reached by. */
export interface Bucket {
  readonly library: typeof S3;
  readonly client: S3.S3Client;
  readonly bucket: string;
  /** What all names begin with. */
  readonly prefix: string;
  /** Waits after so many failures in a row. */
  wait(failures: number): Promise<void>;
}

/** How a connection is kept. */
export interface Connection {
  /** How long it may be silent, in milliseconds; default 60,000. */
  readonly silence?: number;
  /** How long the first wait before another try is, in milliseconds; default 500. */
  readonly firstWait?: number;
}

/**
 * AWS's client for a bucket, with credentials, region and endpoint from where it finds them. Its own checksums (x-amz-checksum-…) are off,
 * as several servers refuse or do not know them.
 *
 * @throws Error where the client is not installed
 */
export async function connect(
  { bucket, prefix, region, endpoint, pathStyle }: S3Address,
  { silence = 60_000, firstWait = 500 }: Connection,
): Promise<Bucket> {
  const library = await importClient();
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
  const elsewhere = endpoint ?? (AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL);
  // The client does not know AWS_DEFAULT_REGION, which AWS's other tools do.
  const named = region ?? (AWS_REGION ? undefined : AWS_DEFAULT_REGION);
  const client = new library.S3Client({
    ...(named === undefined ? {} : { region: named }),
    ...(endpoint === undefined ? {} : { endpoint }),
    // Servers that are not AWS seldom have a name for each bucket.
    forcePathStyle: pathStyle ?? elsewhere !== undefined,
    maxAttempts: ATTEMPTS,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 10_000, socketTimeout: silence },
  });
  return {
    library,
    client,
    bucket,
    prefix,
    // Half of it is drawn, so that a thousand workers do not come back together.
    wait: (failures) => pause(firstWait * 2 ** (failures - 1) * (0.5 + Math.random() / 2)),
  };
}

async function importClient(): Promise<typeof S3> {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (cause) {
    throw new Error(
      'store: s3:// needs the package @aws-sdk/client-s3, which cannot be loaded: npm install @aws-sdk/client-s3',
      { cause },
    );
  }
}
