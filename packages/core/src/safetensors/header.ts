import { quote, SafetensorsError } from './error.ts';
import { HeaderReader, type SafetensorsEntry, type SafetensorsHeader } from './header-reader.ts';

/**
 * The header of a safetensors file: https://huggingface.co/docs/safetensors (section "Format").
 *
 *     8 bytes    length n of the header, unsigned, little-endian
 *     n bytes    JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ...}
 *     the rest   the data; offsets count from its first byte
 *
 * The file is taken for hostile. Lengths are checked before anything is allocated, the JSON is read by a
 * parser of this one grammar (JSON.parse would drop duplicated names and recurse as deep as the file says),
 * and names go into Maps, never into plain objects.
 */

/** Bytes of the length field in front of the header. */
export const lengthFieldBytes = 8;
/** A longer header is refused, as in the reference implementation. */
export const maxHeaderBytes = 100_000_000;

/**
 * The header's length in bytes, read from a file's first 8 bytes.
 * @param start the first 8 bytes of the file, or fewer where the file is shorter
 * @param fileBytes size of the whole file
 * @throws SafetensorsError unless the length is within the file and at most 100 MB
 */
export function readHeaderLength(start: Uint8Array, fileBytes: number, file: string): number {
  if (start.length < lengthFieldBytes) {
    throw new SafetensorsError(
      `not a safetensors file: ${fileBytes} bytes, the length of the header alone takes ${lengthFieldBytes}`,
      file,
    );
  }
  const view = new DataView(start.buffer, start.byteOffset, lengthFieldBytes);
  const length = view.getBigUint64(0, true);
  const left = fileBytes - lengthFieldBytes;
  if (length > BigInt(Math.min(left, maxHeaderBytes))) {
    const limit =
      length > BigInt(maxHeaderBytes)
        ? `the limit is ${maxHeaderBytes}`
        : `${left} are left in the file; it may be truncated`;
    throw new SafetensorsError(
      `the header's length says ${length} bytes, ${limit}${pickleHint(start)}`,
      file,
    );
  }
  return Number(length);
}

/** torch.save writes a zip or a pickle: by far the likeliest wrong file. */
function pickleHint(start: Uint8Array): string {
  const zip = start[0] === 0x50 && start[1] === 0x4b;
  if (!zip && start[0] !== 0x80) return '';
  return (
    '. This looks like a checkpoint of torch.save; convert it in Python: ' +
    'safetensors.torch.save_file(torch.load(path, weights_only=True), "weights.safetensors")'
  );
}

/**
 * Parses and validates the JSON header.
 * @param json the header's bytes, without the length field
 * @param dataBytes bytes that follow the header
 * @throws SafetensorsError on anything that is not a valid header for exactly that much data
 */
export function parseHeader(json: Uint8Array, dataBytes: number, file: string): SafetensorsHeader {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
  } catch (error) {
    throw new SafetensorsError('the header is not UTF-8', file, undefined, { cause: error });
  }
  const reader = new HeaderReader(text, file);
  const header = reader.header();
  checkLayout(header.entries, dataBytes, file);
  return header;
}

/** The data must be covered from its first byte to its last, each byte by one tensor. */
function checkLayout(
  entries: ReadonlyMap<string, SafetensorsEntry>,
  dataBytes: number,
  file: string,
): void {
  const ordered = [...entries].toSorted(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  let previous = '';
  for (const [tensor, { begin, end }] of ordered) {
    if (end > dataBytes) {
      throw new SafetensorsError(
        `ends at byte ${end} of the data, which has ${dataBytes} bytes: the file is truncated or altered`,
        file,
        tensor,
      );
    }
    if (begin < covered) {
      throw new SafetensorsError(
        `starts at byte ${begin} and overlaps ${quote(previous)}, which ends at ${covered}`,
        file,
        tensor,
      );
    }
    if (begin > covered) {
      throw new SafetensorsError(
        `starts at byte ${begin}: bytes ${covered} to ${begin} belong to no tensor`,
        file,
        tensor,
      );
    }
    covered = end;
    previous = tensor;
  }
  if (covered !== dataBytes) {
    throw new SafetensorsError(
      `the tensors take ${covered} bytes, the data has ${dataBytes}`,
      file,
    );
  }
}
