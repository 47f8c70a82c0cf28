// Reads event files in TypeScript as TensorBoard does in Python: frames and their checksums, then the messages' fields by
// their numbers, and what a start of a session takes back.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** A message's fields by their numbers; of each all values, as they stand in the file. */
export type Message = ReadonlyMap<number, readonly (Uint8Array | bigint)[]>;

/** A value of a summary, with the step of its event. */
export interface ReadValue {
  readonly step: number;
  readonly tag: string;
  readonly value: Message;
}

export const text = (bytes: unknown): string => new TextDecoder().decode(bytes as Uint8Array);

/** A number of 4 or 8 bytes, or a list of those of 8. */
export function floats(bytes: unknown): number[] {
  const { buffer, byteOffset, length } = bytes as Uint8Array;
  const view = new DataView(buffer, byteOffset, length);
  if (length === 4) return [view.getFloat32(0, true)];
  return Array.from({ length: length / 8 }, (_, i) => view.getFloat64(8 * i, true));
}

export function parse(bytes: unknown): Message {
  const reader = new BinaryReader(bytes as Uint8Array);
  const fields = new Map<number, (Uint8Array | bigint)[]>();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const value = read(reader, type);
    const list = fields.get(field);
    if (list) list.push(value);
    else fields.set(field, [value]);
  }
  return fields;
}

function read(reader: BinaryReader, type: WireType): Uint8Array | bigint {
  if (type === WireType.Varint) return BigInt(reader.int64());
  if (type === WireType.LengthDelimited) return reader.bytes();
  const from = reader.pos;
  reader.skip(type);
  return reader['buf'].slice(from, reader.pos);
}

/** The records of one file; a torn one at its end is left out, a wrong checksum is an error. */
export function recordsOf(file: string): Message[] {
  const bytes = readFileSync(file);
  const records: Message[] = [];
  for (let at = 0; at + 12 <= bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    if (at + 16 + length > bytes.length) break;
    checked(bytes.subarray(at, at + 8), bytes.readUInt32LE(at + 8), file);
    const content = bytes.subarray(at + 12, at + 12 + length);
    checked(content, bytes.readUInt32LE(at + 12 + length), file);
    records.push(parse(content));
    at += 16 + length;
  }
  return records;
}

export function eventFilesIn(dir: string): string[] {
  const names = readdirSync(dir).filter((name) => name.startsWith('events.out.tfevents.'));
  return names.toSorted().map((name) => join(dir, name));
}

/** All values that count, in the order of the files. */
export function eventsIn(dir: string): ReadValue[] {
  let values: ReadValue[] = [];
  for (const record of eventFilesIn(dir).flatMap(recordsOf)) {
    const step = Number(record.get(2)?.[0]);
    // A session starts.
    if (record.has(7)) values = values.filter((value) => value.step < step);
    const summary = record.get(5)?.[0];
    if (summary === undefined) continue;
    for (const bytes of parse(summary).get(1) ?? []) {
      const value = parse(bytes);
      values.push({ step, tag: text(value.get(1)?.[0]), value });
    }
  }
  return values;
}

/** Steps and numbers of one tag. */
export function scalarsOf(values: readonly ReadValue[], tag: string): [number, number][] {
  return values
    .filter((each) => each.tag === tag)
    .map(({ step, value }) => [step, floats(value.get(2)?.[0])[0] as number]);
}

function checked(bytes: Uint8Array, masked: number, file: string): void {
  const turned = (masked - 0xa282ead8) >>> 0;
  const crc = ((turned << 15) | (turned >>> 17)) >>> 0;
  if (crc32c(bytes) !== crc) throw new Error(`${file}: a checksum is wrong`);
}

/** Bit by bit, from the polynomial alone. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}
