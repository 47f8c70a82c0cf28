import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startFauxqs } from 'fauxqs';

/** A server that speaks S3, with a bucket `runs`. */
export interface Server {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  close(): Promise<void>;
}

/** fauxqs, an S3 server of npm in this process, in memory. It does not look at signatures, and does not heed If-None-Match. */
export async function fauxqs(): Promise<Server> {
  const server = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  server.createBucket('runs');
  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    accessKey: 'mnet-tester',
    secretKey: 'not-a-secret',
    close: () => server.stop(),
  };
}

const programs = ['ceph', 'ceph-authtool', 'ceph-mon', 'ceph-osd', 'monmaptool', 'radosgw'];

const installed = programs.every((name) =>
  ['/usr/bin', '/usr/local/bin'].some((folder) => existsSync(join(folder, name))),
);

/** Why tests with Ceph's object gateway are skipped; undefined where they are not. */
export const gatewayMissing: string | undefined =
  process.env.MNET_CEPH !== '1'
    ? 'npm run test:ceph -w packages/sweep tries it'
    : installed
      ? undefined
      : 'needs radosgw, ceph-mon and ceph-osd of Debian';

/** Ceph's object gateway over one monitor and one store in memory: a server that heeds If-None-Match. It starts within seconds. */
export async function radosGateway(): Promise<Server> {
  const dir = mkdtempSync(join(tmpdir(), 'mnet-ceph-'));
  const [monitor, port] = [await freePort(), await freePort()];
  const fsid = randomUUID();
  const [accessKey, secretKey] = ['mnet-tester', 'not-a-secret'];
  for (const folder of ['mon', 'osd', 'run']) mkdirSync(join(dir, folder));
  const config = join(dir, 'ceph.conf');
  writeFileSync(
    config,
    `[global]
fsid = ${fsid}
mon host = [v2:127.0.0.1:${monitor}]
mon initial members = a
mon data = ${dir}/mon
mon allow pool size one = true
mon data avail crit = 1
auth allow insecure global id reclaim = false
keyring = ${dir}/keyring
public addr = 127.0.0.1
osd data = ${dir}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
run dir = ${dir}/run
admin socket = ${dir}/run/$name.asok
log file = ${dir}/run/$name.log
log to stderr = false
[client.admin]
rgw frontends = beast endpoint=127.0.0.1:${port}
rgw enable usage log = false
`,
  );
  const env = { ...process.env, CEPH_CONF: config };
  const run = (file: string, ...args: string[]): string =>
    execFileSync(file, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const started: ChildProcess[] = [];
  const start = (file: string, ...args: string[]): void => {
    started.push(spawn(file, args, { env, stdio: 'ignore' }));
  };
  const close = async (): Promise<void> => {
    for (const child of started.toReversed()) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.kill('SIGKILL')) await gone;
    }
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const keyring = join(dir, 'keyring');
    const all = ['--cap', 'mon', 'allow *'];
    run(
      'monmaptool',
      '--create',
      '--fsid',
      fsid,
      '--addv',
      'a',
      `[v2:127.0.0.1:${monitor}]`,
      `${dir}/map`,
    );
    run('ceph-authtool', '--create-keyring', keyring, '--gen-key', '-n', 'mon.', ...all);
    run(
      'ceph-authtool',
      keyring,
      '--gen-key',
      '-n',
      'client.admin',
      ...all,
      '--cap',
      'osd',
      'allow *',
    );
    run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', `${dir}/map`, '--keyring', keyring);
    start('ceph-mon', '-f', '-i', 'a');
    // The command waits for the monitor.
    const disk = randomUUID();
    run('ceph', 'osd', 'new', disk);
    const key = run(
      'ceph',
      'auth',
      'get-or-create',
      'osd.0',
      'mon',
      'allow profile osd',
      'osd',
      'allow *',
    );
    writeFileSync(keyring, `${readFileSync(keyring, 'utf8')}${key}`);
    run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', disk);
    start('ceph-osd', '-f', '-i', '0');
    run(
      'radosgw-admin',
      'user',
      'create',
      '--uid=tester',
      '--display-name=tester',
      `--access-key=${accessKey}`,
      `--secret-key=${secretKey}`,
    );
    start('radosgw', '-f', '-n', 'client.admin');
    const endpoint = `http://127.0.0.1:${port}`;
    while (
      !(await fetch(endpoint).then(
        (answer) => answer.ok,
        () => false,
      ))
    )
      await pause(50);
    const client = new S3Client({
      region: 'us-east-1',
      endpoint,
      forcePathStyle: true,
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    });
    await client.send(new CreateBucketCommand({ Bucket: 'runs' }));
    client.destroy();
    return { endpoint, accessKey, secretKey, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
