import { show } from '@mnet/core/check';
import { isKey } from './keys.ts';

/** A bucket, and how it is reached; what is undefined comes from the environment and the profile, as AWS reads them. */
export interface S3Address {
  readonly bucket: string;
  /** What all keys begin with: empty, or with a slash at its end. */
  readonly prefix: string;
  readonly region?: string;
  /** Of a server that is not AWS. */
  readonly endpoint?: string;
  /** Whether the bucket stands in the path and not in the host's name. */
  readonly pathStyle?: boolean;
}

const FORM = "'s3://bucket/prefix?region=…&endpoint=https://…&pathStyle=true'";
const secrets =
  'credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or the machine';

/**
 * Reads the address of a bucket.
 *
 * @throws TypeError that says what it takes, and quotes nothing that may be a secret
 */
export function parseS3Address(where: string): S3Address {
  const url = URL.canParse(where) ? new URL(where) : undefined;
  if (!url) throw refused(`got what is no URL, takes ${FORM}`);
  if (url.username !== '' || url.password !== '') {
    throw refused(`got a URL with a name or a password; ${secrets}`);
  }
  if (!/^[a-z0-9][a-z0-9._-]{1,62}$/.test(url.hostname) || url.port !== '' || url.hash !== '') {
    throw refused(`got no bucket's name after s3://, takes ${FORM}`);
  }
  const path = url.pathname.replace(/^\/|\/$/g, '');
  if (path !== '' && !isKey(path)) {
    throw refused(
      `got the prefix ${show(path)}, takes parts of letters, digits, '.', '_', '-' and '=' with '/' between them`,
    );
  }
  const address: { -readonly [K in keyof S3Address]: S3Address[K] } = {
    bucket: url.hostname,
    prefix: path === '' ? '' : `${path}/`,
  };
  for (const [key, value] of url.searchParams) {
    if (key === 'region') address.region = region(value);
    else if (key === 'endpoint') address.endpoint = endpoint(value);
    else if (key === 'pathStyle') address.pathStyle = flag(value);
    // Its value is not quoted: it may be a secret under any name.
    else if (/secret|key|token|password|signature|credential/i.test(key)) {
      throw refused(`got the secret ${show(key)} in the URL, which others may read; ${secrets}`);
    } else throw refused(`got the unknown ${show(key)}, takes region, endpoint and pathStyle`);
  }
  return address;
}

function region(value: string): string {
  if (/^[a-z0-9-]{1,40}$/i.test(value)) return value;
  throw refused(`region: got ${show(value)}, takes a name such as 'eu-central-1'`);
}

function endpoint(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url && (url.username !== '' || url.password !== '')) {
    throw refused(`endpoint: got a URL with a name or a password; ${secrets}`);
  }
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw refused("endpoint: takes a URL such as 'https://s3.example.org'");
  }
  return value.replace(/\/$/, '');
}

function flag(value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  throw refused(`pathStyle: got ${show(value)}, takes true or false`);
}

function refused(what: string): TypeError {
  return new TypeError(`store: ${what}`);
}
