import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOfFile, sha256 } from '@mnet/core/files';
import { runPaths } from '@mnet/train';

/** The SHA-256 of a run's final weights, as its `model/` has them; undefined where it has none. */
export async function weightsDigest(folder: string): Promise<string | undefined> {
  const { model } = runPaths(folder);
  const names = await readdir(model).catch(() => []);
  const files = names.filter((name) => name.endsWith('.bin')).toSorted();
  const digests = await Promise.all(
    files.map(async (name) => (await digestOfFile('sha256', join(model, name))).hex),
  );
  return digests.length > 1 ? sha256(digests) : digests[0];
}
