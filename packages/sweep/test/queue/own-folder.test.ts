import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProcessIdentity, thisProcess } from '@mnet/core/process';
import { expect, onTestFinished, test } from 'vitest';
import { ownFolder, removeFolder } from '../../src/queue/own-folder.ts';

function scratchFolder(): string {
  const scratch = mkdtempSync(join(tmpdir(), 'mnet-own-folder-'));
  onTestFinished(() => rmSync(scratch, { recursive: true }));
  return scratch;
}

/** The folder of another worker, with a run in it. */
function leaveFolder(scratch: string, name: string, owner: ProcessIdentity): string {
  const folder = join(scratch, name);
  mkdirSync(join(folder, 'run'), { recursive: true });
  writeFileSync(`${folder}.json`, JSON.stringify(owner));
  return folder;
}

test('folders of dead workers are removed, those of others stay', async () => {
  const scratch = scratchFolder();
  const here = thisProcess();
  const living = leaveFolder(scratch, 'worker-1-living', here);
  const elsewhere = leaveFolder(scratch, 'worker-2-elsewhere', { ...here, place: 'elsewhere' });
  const dead = leaveFolder(scratch, 'worker-3-dead', { ...here, pid: 2 ** 30 });
  mkdirSync(join(scratch, 'needed'));
  const own = await ownFolder(scratch, '0123456789');
  expect([living, elsewhere, dead, own].map((folder) => existsSync(folder))).toEqual([
    true,
    true,
    false,
    true,
  ]);
  expect(existsSync(`${dead}.json`)).toBe(false);
  expect(existsSync(join(scratch, 'needed'))).toBe(true);
});

test('two workers of one process have one each, and nothing stays of them', async () => {
  const scratch = scratchFolder();
  const folders = [await ownFolder(scratch, 'aaaaaaaa'), await ownFolder(scratch, 'bbbbbbbb')];
  expect(new Set(folders).size).toBe(2);
  expect(folders.every((folder) => existsSync(folder))).toBe(true);
  for (const folder of folders) await removeFolder(folder);
  expect(readdirSync(scratch)).toEqual([]);
});
