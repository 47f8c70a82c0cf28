import { dtypeBytes, isDtype, type SafetensorsDtype, tensorBytes } from './dtype.ts';
import { quote, SafetensorsError } from './error.ts';

/** A shape of more numbers is refused. */
export const maxRank = 8;

/** One tensor's entry in the header. */
export interface SafetensorsEntry {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Bytes from the start of the data. */
  readonly begin: number;
  /** The byte after the last, from the start of the data. */
  readonly end: number;
}

/** A header that was read. */
export interface SafetensorsHeader {
  /** Entries by name, in the file's order. */
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  /** The strings under `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** A recursive-descent parser of the header's grammar, nothing more. */
export class HeaderReader {
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
    const bytes = tensorBytes(dtype, shape);
    if (bytes === undefined) this.fail(`shape [${shape.join(', ')}] is too large`);
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
    throw new SafetensorsError(what, file, tensor);
  }
}
