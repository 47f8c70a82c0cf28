import { digestOfFiles, checkFiles, type FileEntry } from './file-list.ts';
import type { Snapshot } from './run-archive.ts';

/** Which files a snapshot has. */
export interface RunManifest extends Snapshot {
  readonly files: readonly FileEntry[];
}

const FORMAT = 1;

/** A manifest as it is stored, with a digest of its own. */
export function encodeManifest({ attempt, number, epoch, files }: RunManifest): string {
  const digest = digestOfFiles(files);
  return `${JSON.stringify({ format: FORMAT, attempt, number, epoch, digest, files })}\n`;
}

/**
 * Reads a manifest.
 *
 * @param at which snapshot it must be of
 * @throws Error that says what is wrong with it
 */
export function decodeManifest(content: Uint8Array, at: Snapshot): RunManifest {
  const { format, files, digest, ...rest } = JSON.parse(new TextDecoder().decode(content));
  if (format !== FORMAT) {
    throw new Error(
      `format: got ${String(format)}, takes ${FORMAT}; was it written by another version?`,
    );
  }
  const checked = checkFiles(files);
  if (digest !== digestOfFiles(checked)) throw new Error('its list of files has another digest');
  for (const key of ['attempt', 'number', 'epoch'] as const) {
    if (rest[key] !== at[key]) throw new Error(`it is of another ${key}`);
  }
  return { ...at, files: checked };
}
