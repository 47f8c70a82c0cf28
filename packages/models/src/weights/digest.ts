import { WeightsError } from './weights-error.ts';

/** SHA-256 in lower-case hexadecimal. */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  // Both Node and browsers have Web Crypto; the cast leaves out SharedArrayBuffer, which it does not take.
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Throws unless `value` is 64 hexadecimal digits or undefined. */
export function assertSha256(value: unknown): asserts value is string | undefined {
  if (value !== undefined && !(typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value))) {
    throw new TypeError(`sha256: got ${JSON.stringify(value)}, takes 64 hexadecimal digits`);
  }
}

/** Throws a WeightsError unless the bytes have this digest. */
export async function checkDigest(bytes: Uint8Array, sha256: string, file: string): Promise<void> {
  const got = await sha256Hex(bytes);
  if (got !== sha256.toLowerCase()) {
    throw new WeightsError(
      `SHA-256 is ${got}, expected ${sha256.toLowerCase()}: the file is broken or another one`,
      { file },
    );
  }
}
