import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder for the runs of this process; those of dead ones are removed. */
export async function ownFolder(scratch: string, id: string): Promise<string> {
  await mkdir(scratch, { recursive: true });
  for (const entry of await readdir(scratch)) {
    const pid = /^worker-(\d+)-/.exec(entry)?.[1];
    if (pid !== undefined && !alive(Number(pid))) {
      await rm(join(scratch, entry), { recursive: true, force: true });
    }
  }
  const folder = join(scratch, `worker-${process.pid}-${id.slice(0, 8)}`);
  await mkdir(folder, { recursive: true });
  return folder;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
