/** Bytes an element takes, for every dtype that is read. */
export const dtypeBytes: Readonly<Record<SafetensorsDtype, number>> = {
  F64: 8,
  I64: 8,
  F32: 4,
  I32: 4,
  F16: 2,
  BF16: 2,
  U8: 1,
  BOOL: 1,
};

/** The types of elements that are read. */
export type SafetensorsDtype = 'F64' | 'I64' | 'F32' | 'I32' | 'F16' | 'BF16' | 'U8' | 'BOOL';

/** Whether a name is that of a type that is read. */
export function isDtype(name: string): name is SafetensorsDtype {
  return Object.hasOwn(dtypeBytes, name);
}

/** The bytes that a tensor takes; undefined where a product on the way is no safe integer, also one that a 0 follows. */
export function tensorBytes(dtype: SafetensorsDtype, shape: readonly number[]): number | undefined {
  let bytes = dtypeBytes[dtype];
  for (const size of shape) {
    bytes *= size;
    if (!Number.isSafeInteger(bytes)) return undefined;
  }
  return bytes;
}
