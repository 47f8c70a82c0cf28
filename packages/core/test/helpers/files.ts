import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError } from '@mnet/core/files';
import { expect, onTestFinished } from 'vitest';

/** A folder of its own for the running test, gone when it ends. */
export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mnet-core-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** The FileError that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<FileError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FileError);
  return error as FileError;
}
