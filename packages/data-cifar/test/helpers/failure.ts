import { DataFileError } from '@mnet/data-cifar';
import { expect } from 'vitest';

/** The DataFileError that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<DataFileError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataFileError);
  return error as DataFileError;
}
