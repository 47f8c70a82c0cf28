import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isComplete, recordIn } from '../run/record-in.ts';
import type { RunArchive } from '../store/run-archive.ts';

/** What of a run's folder a report needs, without weights. */
const small =
  /^(config\.json|log\.jsonl|metrics\.csv|test\.json|flags\.json|report\.html|output\.log)$/;

/**
 * Writes what a store has of a run to a folder of this machine, unless that holds the whole run already.
 *
 * @param weights whether its model comes too, else what a report needs
 */
export async function mirrorRun(
  archive: RunArchive,
  folder: string,
  weights: boolean,
): Promise<void> {
  const record = recordIn(folder);
  if (record && isComplete(record) && (!weights || existsSync(join(folder, 'model')))) return;
  const part = `${folder}.fetched`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  const only = (path: string): boolean =>
    weights ? !path.startsWith('checkpoints/') : small.test(path);
  const found = await archive.restore(part, only);
  if (!found) {
    rmSync(part, { recursive: true, force: true });
    return;
  }
  rmSync(folder, { recursive: true, force: true });
  await rename(part, folder);
}
