import type { Stats } from 'node:fs';
import { nodeModules } from '@mnet/core/files';

/** Bytes read at a time. */
const CHUNK = 1 << 20;
/** So many bytes before the place read up to tell whether the file is still the same one: a line ends with its figures. */
const ANCHOR = 64;
const LINE_BREAK = 0x0a;

/** What is done with the lines of a file. */
interface LineReader {
  /** What was read before is void: the file is another one, or was written anew. */
  restart(): void;
  /** A whole line, without its line break. Where this throws, reading ends, and begins with the same line next time. */
  line(text: string): void;
}

/** A file that grows by lines, read again and again: each time from where the last whole line ended. */
export class LineTail {
  readonly #file: string;
  /** Just after the last line that was taken. */
  #offset = 0;
  #anchor = new Uint8Array(0);
  #seen: Stats | undefined;
  /** Why the reader did not take the line at the offset; it is asked again once the file has changed. */
  #refusal: unknown;

  constructor(file: string) {
    this.#file = file;
  }

  /**
   * Reads what is new; a last line without its end waits.
   *
   * @returns whether a line was read, or the file is another one
   * @throws what the reader throws, or Node.js where the file cannot be read
   */
  read(reader: LineReader): boolean {
    const { fs } = nodeModules('run');
    const now = fs.statSync(this.#file, { throwIfNoEntry: false });
    if (now === undefined) return this.#restart(reader);
    const { ino, size, mtimeMs } = this.#seen ?? {};
    if (now.ino === ino && now.size === size && now.mtimeMs === mtimeMs) {
      if (this.#refusal !== undefined) throw this.#refusal;
      return false;
    }
    const file = fs.openSync(this.#file, 'r');
    try {
      const another = (ino !== undefined && ino !== now.ino) || !this.#isAnchored(file);
      const restarted = another && this.#restart(reader);
      const before = this.#offset;
      this.#readLines(file, reader);
      this.#seen = now;
      if (this.#refusal !== undefined) throw this.#refusal;
      return restarted || this.#offset > before;
    } finally {
      fs.closeSync(file);
    }
  }

  #restart(reader: LineReader): boolean {
    const hadLines = this.#offset > 0;
    this.#offset = 0;
    this.#anchor = new Uint8Array(0);
    this.#seen = undefined;
    if (hadLines) reader.restart();
    return hadLines;
  }

  /** Whether what stands before the offset is what stood there. */
  #isAnchored(file: number): boolean {
    const { length } = this.#anchor;
    const bytes = Buffer.alloc(length);
    const count = nodeModules('run').fs.readSync(file, bytes, 0, length, this.#offset - length);
    return count === length && bytes.equals(this.#anchor);
  }

  #readLines(file: number, reader: LineReader): void {
    const { fs } = nodeModules('run');
    this.#refusal = undefined;
    const chunk = Buffer.alloc(CHUNK);
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const count = fs.readSync(file, chunk, 0, CHUNK, this.#offset + rest.length);
      if (count === 0) return;
      const bytes = Buffer.concat([rest, chunk.subarray(0, count)]);
      let begin = 0;
      for (let end; (end = bytes.indexOf(LINE_BREAK, begin)) >= 0; begin = end + 1) {
        try {
          reader.line(bytes.toString('utf8', begin, end));
        } catch (error) {
          this.#refusal = error;
          return;
        }
        this.#take(bytes.subarray(begin, end + 1));
      }
      rest = bytes.subarray(begin);
    }
  }

  #take(line: Buffer): void {
    this.#offset += line.length;
    this.#anchor = Uint8Array.from(line.subarray(-ANCHOR));
  }
}
