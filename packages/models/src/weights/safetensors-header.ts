import { quote, WeightsError } from './weights-error.ts';

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

/** Bytes an element takes, for every dtype that is read. */
const dtypeBytes: Readonly<Record<SafetensorsDtype, number>> = {
  F64: 8,
  I64: 8,
  F32: 4,
  I32: 4,
  F16: 2,
  BF16: 2,
  U8: 1,
  BOOL: 1,
};

export type SafetensorsDtype = 'F64' | 'I64' | 'F32' | 'I32' | 'F16' | 'BF16' | 'U8' | 'BOOL';

/** One tensor's entry in the header. */
interface SafetensorsEntry {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Bytes from the start of the data. */
  readonly begin: number;
  /** The byte after the last, from the start of the data. */
  readonly end: number;
}

export interface SafetensorsHeader {
  /** Entries by name, in the file's order. */
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  /** The strings under `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** Bytes of the length field in front of the header. */
export const lengthFieldBytes = 8;
/** A longer header is refused, as in the reference implementation. */
export const maxHeaderBytes = 100_000_000;
const maxRank = 8;

/**
 * The header's length in bytes, read from a file's first 8 bytes.
 * @param start the first 8 bytes of the file, or fewer where the file is shorter
 * @param fileBytes size of the whole file
 * @throws WeightsError unless the length is within the file and at most 100 MB
 */
export function readHeaderLength(start: Uint8Array, fileBytes: number, file: string): number {
  if (start.length < lengthFieldBytes) {
    throw new WeightsError(
      `not a safetensors file: ${fileBytes} bytes, the length of the header alone takes ${lengthFieldBytes}`,
      { file },
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
    throw new WeightsError(
      `the header's length says ${length} bytes, ${limit}${pickleHint(start)}`,
      { file },
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
 * @throws WeightsError on anything that is not a valid header for exactly that much data
 */
export function parseHeader(json: Uint8Array, dataBytes: number, file: string): SafetensorsHeader {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
  } catch (error) {
    throw new WeightsError('the header is not UTF-8', { file }, { cause: error });
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
      throw new WeightsError(
        `ends at byte ${end} of the data, which has ${dataBytes} bytes: the file is truncated or altered`,
        { file, tensor },
      );
    }
    if (begin < covered) {
      throw new WeightsError(
        `starts at byte ${begin} and overlaps ${quote(previous)}, which ends at ${covered}`,
        { file, tensor },
      );
    }
    if (begin > covered) {
      throw new WeightsError(
        `starts at byte ${begin}: bytes ${covered} to ${begin} belong to no tensor`,
        {
          file,
          tensor,
        },
      );
    }
    covered = end;
    previous = tensor;
  }
  if (covered !== dataBytes) {
    throw new WeightsError(`the tensors take ${covered} bytes, the data has ${dataBytes}`, {
      file,
    });
  }
}

/** A recursive-descent parser of the header's grammar, nothing more. */
class HeaderReader {
  private readonly text: string;
  private readonly file: string;
  private at = 0;
  private tensor: string | undefined;

  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
  }

  header(): SafetensorsHeader {
    const entries = new Map<string, SafetensorsEntry>();
    let metadata: Map<string, string> | undefined;
    // The format wants '{' as the first byte; white space may only follow, as padding.
    if (this.text[0] !== '{') this.fail(`${this.here()}, where '{' should be`);
    this.object((name) => {
      if (name === '__metadata__') {
        if (metadata) this.fail('__metadata__ stands twice in the header');
        metadata = this.metadata();
        return;
      }
      this.tensor = name;
      if (entries.has(name)) this.fail('the name stands twice in the header');
      entries.set(name, this.entry());
      this.tensor = undefined;
    });
    this.space();
    if (this.at < this.text.length) this.fail(`${this.here()}, after its closing brace`);
    return { entries, metadata: metadata ?? new Map() };
  }

  private metadata(): Map<string, string> {
    const strings = new Map<string, string>();
    this.object((key) => {
      if (strings.has(key)) this.fail(`${quote(key)} stands twice in __metadata__`);
      strings.set(key, this.string(`__metadata__ ${quote(key)}`));
    });
    return strings;
  }

  private entry(): SafetensorsEntry {
    let dtype: string | undefined;
    let shape: number[] | undefined;
    let offsets: number[] | undefined;
    this.object((key) => {
      if (key === 'dtype' && dtype === undefined) dtype = this.string('dtype');
      else if (key === 'shape' && shape === undefined) shape = this.integers('shape', maxRank);
      else if (key === 'data_offsets' && offsets === undefined)
        offsets = this.integers('data_offsets', 2);
      else
        this.fail(
          `${quote(key)} ${/^(dtype|shape|data_offsets)$/.test(key) ? 'stands twice' : 'is unknown'}`,
        );
    });
    if (dtype === undefined) this.fail('has no dtype');
    if (shape === undefined) this.fail('has no shape');
    if (offsets === undefined) this.fail('has no data_offsets');
    if (!isDtype(dtype)) {
      this.fail(
        `dtype ${quote(dtype)} is not read, takes one of ${Object.keys(dtypeBytes).join(', ')}`,
      );
    }
    const [begin, end] = offsets;
    if (begin === undefined || end === undefined || begin > end) {
      this.fail(`data_offsets [${offsets.join(', ')}], takes [begin, end] with begin ≤ end`);
    }
    let bytes = dtypeBytes[dtype];
    // Checked factor by factor, before a zero can hide an overflow.
    for (const size of shape) {
      bytes *= size;
      if (!Number.isSafeInteger(bytes)) this.fail(`shape [${shape.join(', ')}] is too large`);
    }
    if (end - begin !== bytes) {
      this.fail(
        `${dtype} [${shape.join(', ')}] takes ${bytes} bytes, its data_offsets [${begin}, ${end}] hold ${end - begin}`,
      );
    }
    return { dtype, shape, begin, end };
  }

  /** Reads an object, calling `value` with each key to read the value behind it. */
  private object(value: (key: string) => void): void {
    this.take('{');
    if (this.taken('}')) return;
    do {
      const key = this.string('a name');
      this.take(':');
      value(key);
    } while (this.taken(','));
    this.take('}');
  }

  private integers(what: string, most: number): number[] {
    const numbers: number[] = [];
    this.take('[');
    if (this.taken(']')) return numbers;
    do {
      if (numbers.length === most) this.fail(`${what} has more than ${most} numbers`);
      numbers.push(this.integer(what));
    } while (this.taken(','));
    this.take(']');
    return numbers;
  }

  private integer(what: string): number {
    this.space();
    // 40 characters are enough to judge and to show.
    const shown = /^[^\s,\]}]*/.exec(this.text.slice(this.at, this.at + 40))![0];
    const value = Number(shown);
    if (!/^(0|[1-9]\d*)$/.test(shown) || !Number.isSafeInteger(value)) {
      this.fail(`${what} holds ${quote(shown)}, takes whole numbers from 0 to 2^53 - 1`);
    }
    this.at += shown.length;
    return value;
  }

  private string(what: string): string {
    this.space();
    if (this.text[this.at] !== '"') this.fail(`${this.here()}, where ${what} should be a string`);
    let end = this.at + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === '\\' ? 2 : 1;
    let value: string;
    try {
      value = JSON.parse(this.text.slice(this.at, end + 1)) as string;
    } catch {
      return this.fail(`${what} is not a valid JSON string, at character ${this.at} of the header`);
    }
    if (/\p{Surrogate}/u.test(value)) this.fail(`${what} holds half of a surrogate pair`);
    this.at = end + 1;
    return value;
  }

  private space(): void {
    while (/[ \t\n\r]/.test(this.text[this.at] ?? '')) this.at++;
  }

  private taken(character: string): boolean {
    this.space();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private take(character: string): void {
    if (!this.taken(character)) this.fail(`${this.here()}, where '${character}' should be`);
  }

  private here(): string {
    if (this.at >= this.text.length) return 'the header ends';
    return `${quote(String.fromCodePoint(this.text.codePointAt(this.at)!))} stands at character ${this.at} of the header`;
  }

  private fail(what: string): never {
    const { file, tensor } = this;
    throw new WeightsError(what, tensor === undefined ? { file } : { file, tensor });
  }
}

function isDtype(name: string): name is SafetensorsDtype {
  return Object.hasOwn(dtypeBytes, name);
}
