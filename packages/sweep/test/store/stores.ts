import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { gatewayMissing, radosGateway, type Server, fauxqs } from './servers.ts';

/** A place of stores, each empty and opened as a user opens it. */
export interface Place {
  open(name: string): Promise<ObjectStore>;
  /** What `openStore` takes for a store of this place. */
  address(name: string): string;
  close(): Promise<void>;
}

/** A kind of store that the tests run with. */
export interface Kind {
  readonly name: string;
  /** Why it is skipped here. */
  readonly missing?: string;
  /** Whether `ifAbsent` is one step. */
  readonly conditional: boolean;
  start(): Promise<Place>;
}

async function folders(): Promise<Place> {
  const root = mkdtempSync(join(tmpdir(), 'mnet-store-'));
  const address = (name: string): string => join(root, name);
  return {
    address,
    open: (name) => openStore(address(name)),
    close: async () => rmSync(root, { recursive: true, force: true }),
  };
}

async function buckets(start: () => Promise<Server>): Promise<Place> {
  const server = await start();
  const before = { ...process.env };
  process.env.AWS_ACCESS_KEY_ID = server.accessKey;
  process.env.AWS_SECRET_ACCESS_KEY = server.secretKey;
  const address = (name: string): string =>
    `s3://runs/${name}?region=us-east-1&endpoint=${server.endpoint}`;
  return {
    address,
    open: (name) => openStore(address(name)),
    async close() {
      for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
      await server.close();
    },
  };
}

/** All kinds of stores. */
export const kinds: readonly Kind[] = [
  { name: 'a folder', conditional: true, start: folders },
  {
    name: 'a bucket of fauxqs, which knows no conditional writes',
    conditional: false,
    start: () => buckets(fauxqs),
  },
  {
    name: "a bucket of Ceph's gateway",
    conditional: true,
    start: () => buckets(radosGateway),
    ...(gatewayMissing === undefined ? {} : { missing: gatewayMissing }),
  },
];
