import { fileURLToPath } from 'node:url';
import { show } from '@mnet/core/check';
import { boolean, type Given, optional, options, resolve } from '@mnet/core/options';
import { openFolderStore } from './folder-store.ts';
import type { ObjectStore } from './object-store.ts';
import { parseS3Address } from './s3-address.ts';
import { openS3Store } from './s3-store.ts';

/** What {@link OpenStoreOptions} are made of. */
export const openStoreOptions = options({
  /** Nothing will be written: neither is a folder made, nor tried whether it can be written to. Default false. */
  readOnly: optional(boolean(), false),
});

/** Settings of {@link openStore}. */
export interface OpenStoreOptions extends Given<typeof openStoreOptions> {}

/**
 * Opens what all workers store their runs in.
 *
 * A folder (`/mnt/share/mnet`, `./store`, `file:///mnt/share/mnet`) is made where it is not there, in one that is; it may be on a share
 * (NFS, SMB). `s3://bucket/prefix` needs the package `@aws-sdk/client-s3`. Credentials, region and endpoint come from where AWS's
 * tools look for them (`AWS_ACCESS_KEY_ID`, `AWS_PROFILE`, `AWS_REGION`, `AWS_ENDPOINT_URL_S3`, …); of these the URL may hold
 * what is no secret: `s3://bucket/prefix?region=eu-central-1&endpoint=https://s3.example.org&pathStyle=true`. A bucket's name stands in
 * the path where an endpoint is named, unless `pathStyle=false`.
 *
 * A bucket is asked once whether its server knows conditional writes (`If-None-Match: *`): AWS, Ceph and MinIO do. Where it does not,
 * `put` with `ifAbsent` looks, writes and reads again; then two writers at the same moment may both believe that they wrote, while the
 * last one's content stands.
 *
 * @param where the folder or the bucket
 * @throws TypeError for an address that it cannot have; StoreError where the store cannot be reached, read or written
 */
export async function openStore(where: string, given: OpenStoreOptions = {}): Promise<ObjectStore> {
  const { readOnly } = resolve(openStoreOptions, given, 'openStore options');
  if (typeof where !== 'string' || where === '') throw wrong(show(where));
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(where)?.[1]?.toLowerCase();
  if (scheme === 's3') return openS3Store(parseS3Address(where), { readOnly });
  // Of another URL only its kind is quoted: it may hold a password.
  if (scheme !== undefined && scheme !== 'file') throw wrong(`a URL of ${scheme}:`);
  return openFolderStore(scheme === 'file' ? fileURLToPath(where) : where, { readOnly });
}

function wrong(got: string): TypeError {
  return new TypeError(
    `store: got ${got}, takes a folder, such as '/mnt/share/mnet', or a bucket: 's3://bucket/prefix'`,
  );
}
