import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addonOf, loadAddon } from '../../src/native/load-addon.ts';

const folders = fileURLToPath(new URL('../../build/', import.meta.url));
/** That of this machine. */
const built = readdirSync(folders)
  .map((name) => join(folders, name))
  .find((folder) => folder.includes(`${process.platform}-${process.arch}`)) as string;

describe.skipIf(typeof loadAddon() === 'string')('an addon', () => {
  let folder: string;
  let manifest: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mnet-addon-'));
    cpSync(built, folder, { recursive: true });
    manifest = join(folder, 'package.json');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const change = (
    edit: (manifest: { version: string; mnet: Record<string, string> }) => void,
  ): void => {
    const json = JSON.parse(readFileSync(manifest, 'utf8'));
    edit(json);
    writeFileSync(manifest, JSON.stringify(json));
  };

  test('that is whole is loaded, and names the builds that run here', () => {
    const { builds } = addonOf(manifest);
    expect(builds.length).toBeGreaterThan(0);
    expect(loadAddon()).toMatchObject({ builds });
  });

  test('whose file is missing is an error that names it', () => {
    rmSync(join(folder, 'mnet.node'));
    expect(() => addonOf(manifest)).toThrow(/ENOENT.*mnet\.node/);
  });

  test('that was cut off, or has another bit, is never loaded', () => {
    const file = join(folder, 'mnet.node');
    const bytes = readFileSync(file);
    truncateSync(file, bytes.length - 4096);
    expect(() => addonOf(manifest)).toThrow(
      /mnet\.node is damaged: its SHA-256 is not that of its package\.json/,
    );
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(file, bytes);
    expect(() => addonOf(manifest)).toThrow(/is damaged/);
    truncateSync(file, 0);
    expect(() => addonOf(manifest)).toThrow(/is damaged/);
  });

  test('of other kernels is refused, with what to do', () => {
    change((json) => {
      json.version = '0.0.9';
      json.mnet.sources = '0123456789ab';
    });
    expect(() => addonOf(manifest)).toThrow(
      'it belongs to other kernels (version 0.0.9): install both in the same version',
    );
    writeFileSync(manifest, '{}');
    expect(() => addonOf(manifest)).toThrow(/it belongs to other kernels/);
    writeFileSync(manifest, '{"na');
    expect(() => addonOf(manifest)).toThrow(/JSON/);
  });

  test('for another platform does not load, and the error is no crash', async () => {
    const other = Buffer.from('\u007fELF of another machine');
    writeFileSync(join(folder, 'mnet.node'), other);
    const { createHash } = await import('node:crypto');
    change((json) => (json.mnet.sha256 = createHash('sha256').update(other).digest('hex')));
    expect(() => addonOf(manifest)).toThrow(/mnet\.node/);
  });
});
