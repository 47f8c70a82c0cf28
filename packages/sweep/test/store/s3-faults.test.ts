import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { openS3Store } from '../../src/store/s3-store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { faultyProxy, type Proxy, refuse } from './faulty-proxy.ts';
import { fauxqs, gatewayMissing, radosGateway, type Server } from './servers.ts';

const scratch = mkdtempSync(join(tmpdir(), 'mnet-s3-faults-'));
let server: Server;
beforeAll(async () => {
  server = await fauxqs();
});
afterAll(async () => {
  await server.close();
  rmSync(scratch, { recursive: true });
});
const secret = 'wJalrXUtnFEMI-not-a-secret';
beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDTESTER');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secret);
  // Neither a profile of this machine nor a server of a cloud's machines.
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(scratch, 'none'));
  vi.stubEnv('AWS_CONFIG_FILE', join(scratch, 'none'));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

async function errorOf(work: Promise<unknown>): Promise<StoreError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StoreError);
  // Nothing of the credentials, wherever one looks.
  const shown = `${inspect(error, { depth: 9, showHidden: true })} ${JSON.stringify(error)}`;
  expect(shown).not.toContain(secret);
  expect(shown).not.toMatch(/AKIDTESTER|Signature=|authorization:/i);
  return error as StoreError;
}

describe('an address', () => {
  const url = (query: string, bucket = 'runs'): string =>
    `s3://${bucket}/x?region=us-east-1${query}`;

  it.each([
    [
      's3://AKID:hunter2@runs/x',
      /with a name or a password; credentials come from AWS_ACCESS_KEY_ID/,
    ],
    ['s3://runs/x?secretAccessKey=hunter2', /the secret 'secretAccessKey' in the URL/],
    ['s3://runs/x?X-Amz-Credential=hunter2', /the secret 'X-Amz-Credential' in the URL/],
    [
      's3://runs/x?endpoint=https://me:hunter2@host',
      /endpoint: got a URL with a name or a password/,
    ],
    ['s3://runs/x?endpoint=hunter2', /endpoint: takes a URL such as/],
    ['s3://runs/x?color=red', /the unknown 'color', takes region, endpoint and pathStyle/],
    ['s3://runs/x?pathStyle=1', /pathStyle: got '1', takes true or false/],
    ['s3://runs/x?region=a%20b', /region: got 'a b'/],
    ['s3://runs/a//b', /the prefix 'a\/\/b'/],
    ['s3:///x', /no bucket's name/],
    ['redis://me:hunter2@host/0', /a URL of redis:, takes a folder/],
    ['', /store: got '', takes a folder, such as/],
  ])('that cannot be: %s', async (where, message) => {
    const error = (await openStore(where).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message);
    expect(inspect(error)).not.toContain('hunter2');
  });

  it('of a bucket that is not there, named', async () => {
    const error = await errorOf(openStore(url(`&endpoint=${server.endpoint}`, 'none')));
    expect(error).toMatchObject({ code: 'missing', retriable: false, path: 's3://none/x' });
    expect(error.message).toContain("there is no bucket 'none'");
  });

  it('of no server: worth trying again, and the place is named', async () => {
    const error = await errorOf(
      openS3Store({
        bucket: 'runs',
        prefix: '',
        region: 'us-east-1',
        endpoint: 'http://127.0.0.1:9',
      }),
    );
    expect(error).toMatchObject({ code: 'network', retriable: true });
    expect(error.message).toMatch(
      /s3:\/\/runs: the server cannot be reached; ECONNREFUSED.*127\.0\.0\.1:9/,
    );
  });

  it('without credentials, or a region', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    const keyless = await errorOf(openStore(url(`&endpoint=${server.endpoint}`)));
    expect(keyless).toMatchObject({ code: 'denied', retriable: false });
    expect(keyless.message).toContain('there are no credentials: set AWS_ACCESS_KEY_ID');
    vi.stubEnv('AWS_REGION', undefined);
    vi.stubEnv('AWS_DEFAULT_REGION', undefined);
    const placeless = await errorOf(openStore(`s3://runs/x?endpoint=${server.endpoint}`));
    expect(placeless.message).toContain('no region is named: set AWS_REGION or write ?region=');
    vi.stubEnv('AWS_DEFAULT_REGION', 'eu-central-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDTESTER');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', secret);
    vi.stubEnv('AWS_ENDPOINT_URL_S3', server.endpoint);
    await (await openStore('s3://runs/x')).close();
  });
});

describe('a server that fails', () => {
  let proxy: Proxy;
  let store: ObjectStore;
  const open = (readOnly = false, silence = 60_000): Promise<ObjectStore> =>
    openS3Store(
      { bucket: 'runs', prefix: 'p/', region: 'us-east-1', endpoint: proxy.endpoint },
      { readOnly, silence, firstWait: 1 },
    );
  beforeEach(async () => {
    proxy = await faultyProxy(server.endpoint);
    store = await open();
    proxy.asked.length = 0;
  });
  afterEach(async () => {
    proxy.fault = () => false;
    for await (const { key } of store.list('')) await store.remove(key);
    await store.close();
    await proxy.close();
  });

  it('in the middle of a file: the rest is asked for, and the whole is checked', async () => {
    const bytes = randomBytes(3_000_000);
    const [from, to] = [join(scratch, 'from'), join(scratch, 'to')];
    writeFileSync(from, bytes);
    await store.putFile('file', from);
    let broken = 0;
    proxy.fault = ({ method }, _, pass) => {
      if (method !== 'GET' || broken === 2) return false;
      broken++;
      pass({ breakAfter: 1_000_000 });
      return true;
    };
    expect(await store.getFile('file', to)).toBe(true);
    expect(readFileSync(to).equals(bytes)).toBe(true);
    const ranges = proxy.asked
      .filter((line) => line.startsWith('GET'))
      .map((line) => line.split(' ')[2]);
    expect(ranges).toHaveLength(3);
    expect(ranges[0]).toBeUndefined();
    expect(ranges[1]).toMatch(/^bytes=\d{3,}-$/);
  });

  it('in the middle of a file, each time: nothing is left', async () => {
    await store.put('file', randomBytes(500_000));
    proxy.fault = ({ method, headers }, answer, pass) => {
      if (method !== 'GET') return false;
      if (headers.range === undefined) pass({ breakAfter: 1000 });
      else answer.destroy();
      return true;
    };
    const error = await errorOf(store.getFile('file', join(scratch, 'half')));
    expect(error).toMatchObject({ code: 'network', retriable: true, path: 's3://runs/p/file' });
    expect(readdirSync(scratch).filter((name) => name.startsWith('half'))).toEqual([]);
  });

  it('for a moment: it is asked again', async () => {
    let failures = 0;
    proxy.fault = (asked, answer) => {
      if (failures >= 2) return false;
      failures++;
      return refuse({ asked, answer }, 503, 'SlowDown');
    };
    await store.put('file', 'content');
    expect(failures).toBe(2);
  });

  it('for longer, is full, or refuses: named, with whether to try again', async () => {
    const cases = [
      [503, 'SlowDown', 'network', true, /the server is busy or failed; SlowDown/],
      [507, 'XMinioStorageFull', 'full', true, /the store is full, or its quota used up/],
      [403, 'QuotaExceeded', 'full', true, /the store is full/],
      [403, 'AccessDenied', 'denied', false, /not permitted: it takes s3:GetObject, s3:PutObject/],
      [403, 'InvalidAccessKeyId', 'denied', false, /the access key is not known there/],
      [403, 'SignatureDoesNotMatch', 'denied', false, /the secret key does not fit/],
      [400, 'ExpiredToken', 'denied', false, /the session of these credentials is over/],
      [403, 'RequestTimeTooSkewed', 'denied', false, /the clock of this machine is wrong/],
      [400, 'AuthorizationHeaderMalformed', 'denied', false, /the bucket is in another region/],
      [404, 'NoSuchBucket', 'missing', false, /there is no bucket 'runs'/],
      [405, 'MethodNotAllowed', 'io', false, /the server refused; MethodNotAllowed/],
    ] as const;
    for (const [status, name, code, retriable, message] of cases) {
      proxy.fault = (asked, answer) => refuse({ asked, answer }, status, name);
      const error = await errorOf(store.put('file', 'content'));
      expect(error).toMatchObject({ code, retriable, path: 's3://runs/p/file' });
      expect(error.message).toMatch(message);
    }
  });

  it('to answer: the silence ends', async () => {
    proxy.fault = () => true;
    const error = await errorOf(open(true, 50));
    expect(error).toMatchObject({ code: 'network', retriable: true });
    expect(error.message).toContain('the server does not answer');
  });

  it('to know If-None-Match is found out when it is opened', async () => {
    proxy.fault = (asked, answer) =>
      asked.headers['if-none-match'] === '*' && refuse({ asked, answer }, 501, 'NotImplemented');
    const other = await open();
    expect(await other.put('one', 'first', { ifAbsent: true })).toBe(true);
    expect(await other.put('one', 'second', { ifAbsent: true })).toBe(false);
    await other.close();
    // To be read only, nothing is tried.
    proxy.asked.length = 0;
    await (await open(true)).close();
    expect(proxy.asked).toHaveLength(1);
  });

  it('is not asked where the client cannot be loaded, which is said with what to install', async () => {
    vi.doMock('@aws-sdk/client-s3', () => {
      throw new Error('Cannot find package');
    });
    try {
      await expect(open()).rejects.toThrow(
        /s3:\/\/ needs the package @aws-sdk\/client-s3, .*: npm install @aws-sdk\/client-s3$/,
      );
    } finally {
      vi.doUnmock('@aws-sdk/client-s3');
    }
  });

  it('gives a file that is damaged: it is not taken', async () => {
    await store.put('file', 'content');
    proxy.fault = ({ method }, answer) => {
      if (method !== 'GET') return false;
      const sha256 = 'ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73';
      answer.writeHead(200, { 'x-amz-meta-sha256': sha256, 'content-length': 7 }).end('c0ntent');
      return true;
    };
    expect(await errorOf(store.get('file'))).toMatchObject({ code: 'damaged', retriable: false });
    const error = await errorOf(store.getFile('file', join(scratch, 'damaged')));
    expect(error.message).toMatch(/p\/file: has the digest [0-9a-f]{64}, was stored with ed7002/);
  });
});

const gatewayTitle =
  gatewayMissing === undefined ? "Ceph's gateway" : `Ceph's gateway (${gatewayMissing})`;
describe.skipIf(gatewayMissing !== undefined)(gatewayTitle, () => {
  let gateway: Server;
  const url = (bucket = 'runs', endpoint = gateway.endpoint): string =>
    `s3://${bucket}/x?region=us-east-1&endpoint=${endpoint}`;
  beforeAll(async () => {
    gateway = await radosGateway();
  });
  afterAll(() => gateway?.close());

  it('refuses a wrong key and a wrong secret, which is told without them', async () => {
    const key = await errorOf(openStore(url()));
    expect(key).toMatchObject({ code: 'denied', retriable: false });
    expect(key.message).toContain('the access key is not known there');
    vi.stubEnv('AWS_ACCESS_KEY_ID', gateway.accessKey);
    const wrong = await errorOf(openStore(url()));
    expect(wrong).toMatchObject({ code: 'denied', retriable: false });
    expect(wrong.message).toContain('the secret key does not fit the access key');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', gateway.secretKey);
    expect((await errorOf(openStore(url('none')))).message).toContain("there is no bucket 'none'");
  });

  it('writes once, though the answer to the first try was lost', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', gateway.accessKey);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', gateway.secretKey);
    const proxy = await faultyProxy(gateway.endpoint);
    const store = await openStore(url('runs', proxy.endpoint));
    let lost = 0;
    proxy.fault = ({ method }, _, pass) => {
      if (method !== 'PUT' || lost++ > 0) return false;
      pass({ breakAfter: 0 });
      return true;
    };
    expect(await store.put('outcome', 'mine', { ifAbsent: true })).toBe(true);
    expect(lost).toBe(2);
    lost = 0;
    expect(await store.put('outcome', 'another', { ifAbsent: true })).toBe(false);
    expect(Buffer.from((await store.get('outcome'))!).toString()).toBe('mine');

    // And of a file in pieces the last request.
    const from = join(scratch, 'pieces');
    writeFileSync(from, randomBytes(20_000_000));
    let finished = 0;
    proxy.fault = ({ method, url: path }, _, pass) => {
      if (method !== 'POST' || !path?.includes('uploadId') || finished++ > 0) return false;
      pass({ breakAfter: 0 });
      return true;
    };
    await store.putFile('pieces', from);
    expect(finished).toBeGreaterThan(1);
    expect(await store.getFile('pieces', join(scratch, 'pieces-back'))).toBe(true);
    expect(readFileSync(join(scratch, 'pieces-back')).equals(readFileSync(from))).toBe(true);
    await store.close();
    await proxy.close();
  });
});
