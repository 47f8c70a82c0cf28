import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@mnet/core/random';
import { afterAll, expect, it } from 'vitest';
import { bundle } from '../../../../tools/browser/bundle.mjs';
import { killAgainAndAgain } from '../../../../tools/processes/killed.mjs';
import { openStore } from '../../src/store/open-store.ts';
import { runArchive } from '../../src/store/stored-run.ts';
import { checkpointContent, checkpointsOf, contentsOf, epochsOf } from './drawn-run.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-savers-'));
afterAll(() => rmSync(root, { recursive: true }));

function linkAll(from: string, to: string): void {
  mkdirSync(to);
  if (!existsSync(from)) return;
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkAll(source, target);
    else linkSync(source, target);
  }
}

it('savers that are killed at 12 random instants lose no snapshot, and leave none that is not whole', async () => {
  const program = join(root, 'killed-often.mjs');
  const text = `import { main } from './killed-often.ts'; await main(process.argv.slice(2));`;
  writeFileSync(program, await bundle(text, 'node', import.meta.dirname));
  const where = join(root, 'store');
  const scratch = join(root, 'scratch');
  mkdirSync(scratch);
  const random = new Random(2);
  const restored: number[] = [];
  let folders = 0;
  const look = async (): Promise<void> => {
    const number = ++folders;
    // As the store was at that moment: files are never written to again, so links do.
    const frozen = join(root, `store-${number}`);
    linkAll(where, frozen);
    const store = await openStore(frozen);
    const to = join(root, `restored-${number}`);
    const at = await runArchive(store, 'study', 'run', {
      warn: (message) => expect.fail(message),
    }).restore(to);
    restored[number - 1] = at?.epoch ?? 0;
    if (!at) return;
    const [checkpoints, epochs] = [checkpointsOf(to), epochsOf(to)];
    expect(checkpoints.at(-1)).toBe(at.epoch);
    expect(epochs).toEqual(Array.from({ length: at.epoch }, (_, n) => n + 1));
    const contents = contentsOf(to);
    for (const epoch of checkpoints) {
      const name = `checkpoints/epoch-${String(epoch).padStart(4, '0')}-step-000001.safetensors`;
      expect(contents[name]).toBe(checkpointContent(epoch, 3_000_000).toString('latin1'));
    }
    rmSync(to, { recursive: true });
  };
  const looks: Promise<void>[] = [];
  await killAgainAndAgain(program, [where, scratch], {
    kills: 12,
    steps: 2,
    random: () => random.uniform(),
    onKilled: () => void looks.push(look()),
  });
  await Promise.all(looks);
  await look();
  expect(restored).toEqual(restored.toSorted((a, b) => a - b));
  expect(restored.at(-1)).toBe(30);
  expect(new Set(restored).size).toBeGreaterThan(5);

  // What killed writers left is not listed, and is gone when the store is opened more than a day later.
  const writing = join(where, '.mnet-writing');
  // Two more, since whether a kill falls into a write is by chance.
  for (const name of ['left', 'left-too']) writeFileSync(join(writing, name), 'a part');
  const left = readdirSync(writing);
  const long = new Date(Date.now() - 25 * 3600_000);
  for (const name of left.slice(1)) utimesSync(join(writing, name), long, long);
  await openStore(where);
  expect(readdirSync(writing)).toEqual(left.slice(0, 1));
});
