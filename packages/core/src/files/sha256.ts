import { sha256 as portable } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/**
 * The SHA-256 of bytes that come in parts, as 64 hexadecimal digits. Node.js has it in machine code (1 GB/s); elsewhere
 * JavaScript computes the same.
 *
 * Source: FIPS 180-4, https://csrc.nist.gov/pubs/fips/180-4/upd1/final
 *
 * @param parts bytes, or text that counts as its UTF-8; only what they hold in sequence matters, not how it is cut.
 */
export function sha256(parts: Iterable<Uint8Array | string>): string {
  // Asked for at the time of use and not imported, so that bundlers for the browser have nothing to resolve.
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  const node = process?.getBuiltinModule?.('node:crypto');
  if (node) {
    const hash = node.createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest('hex');
  }
  const hash = portable.create();
  for (const part of parts) {
    hash.update(typeof part === 'string' ? new TextEncoder().encode(part) : part);
  }
  return bytesToHex(hash.digest());
}
