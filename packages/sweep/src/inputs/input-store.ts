import { checkFiles, type FileEntry, isSha256 } from '../store/file-list.ts';

// Where inputs lie in a store:
//
//   inputs/DIGEST/files.json    what the input holds
//   inputs/DIGEST/packs.json    of which packs its content is made, written when all of them are there
//   packs/SHA256                8 MiB of content: all files of an input, one after the other, cut into such pieces
//
// A folder of 60,000 pictures of 3 KB is so 22 requests and not 60,000, and a large file comes in pieces that are each checked. What
// inputs have in common at their beginning is stored once.

/** Bytes of a pack; the last one of an input has what is left. */
export const PACK: number = 8 * 2 ** 20;

/** The keys of an input. */
export function inputKeys(digest: string): { files: string; packs: string } {
  return { files: `inputs/${digest}/files.json`, packs: `inputs/${digest}/packs.json` };
}

/** The key of a pack. */
export function packKey(sha256: string): string {
  return `packs/${sha256}`;
}

/** A piece of an input's content. */
export interface Pack {
  readonly sha256: string;
  readonly bytes: number;
}

const FORMAT = 1;

export function encodePacks(packs: readonly Pack[]): string {
  return `${JSON.stringify({ format: FORMAT, packs })}\n`;
}

/** @throws Error that says what is wrong with it */
export function decodePacks(content: Uint8Array, files: readonly FileEntry[]): readonly Pack[] {
  const { format, packs } = JSON.parse(new TextDecoder().decode(content));
  if (format !== FORMAT || !Array.isArray(packs)) {
    throw new Error(
      `format: got ${String(format)}, takes ${FORMAT}; was it written by another version?`,
    );
  }
  for (const { sha256, bytes } of packs) {
    if (!isSha256(sha256) || !Number.isSafeInteger(bytes) || bytes < 1) {
      throw new Error('it has what is no pack');
    }
  }
  const sum = (list: readonly { bytes: number }[]): number =>
    list.reduce((s, { bytes }) => s + bytes, 0);
  if (sum(packs) !== sum(checkFiles(files)))
    throw new Error('its packs are not as large as its files');
  return packs as Pack[];
}
