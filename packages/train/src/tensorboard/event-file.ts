import { FileError, fileSystemError, nodeModules } from '@mnet/core/files';
import { createCRC32, type IHasher } from 'hash-wasm';
import { eventFileName } from '../runs/event-files.ts';
import { encodeEvent, type EventContent } from './messages.ts';

/** Castagnoli's polynomial, bits reversed. */
const CRC32C = 0x82f63b78;

/**
 * A file of TensorFlow's events, to which records are appended. Each is in the file when `write` returns, so that a
 * killed process leaves all but the one that it was writing.
 */
export class EventFile {
  readonly path: string;
  readonly #checksum: IHasher;

  private constructor(path: string, checksum: IHasher) {
    this.path = path;
    this.#checksum = checksum;
  }

  /**
   * Begins a file after those that are in the folder, which is made if it is not there.
   *
   * @throws FileError that names the file
   */
  static async begin(dir: string): Promise<EventFile> {
    const { fs, path } = nodeModules('tensorBoard');
    const name = path.join(dir, eventFileName(dir));
    const file = new EventFile(name, await createCRC32(CRC32C));
    writing(name, () => fs.mkdirSync(dir, { recursive: true }));
    file.write(0, { fileVersion: 'brain.Event:2' });
    return file;
  }

  /** @throws FileError that names the file */
  write(step: number, content: EventContent): void {
    const { fs } = nodeModules('tensorBoard');
    const record = this.#framed(encodeEvent(Date.now() / 1000, step, content));
    writing(this.path, () => fs.appendFileSync(this.path, record));
  }

  /**
   * A record as TensorFlow's files hold it: its length, 8 bytes, the length's checksum, the bytes, their checksum.
   *
   * Source: https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/lib/io/record_writer.h
   */
  #framed(bytes: Uint8Array): Uint8Array {
    const record = new Uint8Array(bytes.length + 16);
    const view = new DataView(record.buffer);
    view.setBigUint64(0, BigInt(bytes.length), true);
    view.setUint32(8, this.#masked(record.subarray(0, 8)), true);
    record.set(bytes, 12);
    view.setUint32(12 + bytes.length, this.#masked(bytes), true);
    return record;
  }

  /** A CRC-32C, turned by 15 bits and moved, so that checksums of what holds checksums are none of a kind. */
  #masked(bytes: Uint8Array): number {
    const [a, b, c, d] = this.#checksum.init().update(bytes).digest('binary');
    const crc = new DataView(Uint8Array.of(a!, b!, c!, d!).buffer).getUint32(0);
    return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  }
}

function writing(file: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const told = fileSystemError(error, file, 'writing');
    const code = told instanceof FileError ? told.code : 'io';
    const what = `could not be written: ${(error as Error).message}`;
    throw new FileError(code, file, what, { cause: error });
  }
}
