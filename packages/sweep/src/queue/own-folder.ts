import { readFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '@mnet/core/files';
import { isRunning, type ProcessIdentity, thisProcess } from '@mnet/core/process';

/** Says whose a folder is. Beside it, as it is there before the folder, and longer. */
const ownerFile = (folder: string): string => `${folder}.json`;

/**
 * A folder for the runs of this process; those of dead ones are removed. `scratch` may be one that several machines or
 * containers share: where the process of another folder is not of this one, nobody can tell, and the folder stays.
 */
export async function ownFolder(scratch: string, id: string): Promise<string> {
  await mkdir(scratch, { recursive: true });
  for (const entry of await readdir(scratch)) {
    const name = /^(worker-[\w-]+)\.json$/.exec(entry)?.[1];
    if (name === undefined) continue;
    const folder = join(scratch, name);
    const owner = ownerOf(folder);
    if (!owner || isRunning(owner) !== false) continue;
    await removeFolder(folder);
  }
  const folder = join(scratch, `worker-${process.pid}-${id.slice(0, 8)}`);
  await writeWhole(ownerFile(folder), `${JSON.stringify(thisProcess())}\n`);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Removes such a folder, and last what says whose it is: so it is found again where this was cut short. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await rm(ownerFile(folder), { force: true });
}

function ownerOf(folder: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(ownerFile(folder), 'utf8')) as ProcessIdentity;
  } catch {
    // Another worker has removed it in this moment.
    return undefined;
  }
}
