import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Histogram } from './histogram.ts';
import type { Png } from './png.ts';

// Messages in the binary form of protocol buffers, of https://github.com/tensorflow/tensorboard, folder
// tensorboard/compat/proto: event.proto, summary.proto, histogram.proto, tensor.proto. Only what is written here is there.

/** What belongs to one part of TensorBoard, which finds it by this name. */
export interface Plugin {
  readonly name: string;
  readonly content?: Uint8Array;
}

/** One thing that is shown under a tag. */
export type SummaryValue = { readonly tag: string } & (
  | { readonly scalar: number }
  | { readonly histogram: Histogram }
  | { readonly image: Png }
  /** `text` is Markdown where the plugin is `text`; its data class is that of tensors, or of a blob. */
  | { readonly plugin: Plugin; readonly text: string; readonly blob?: true }
  /** What has no data but the plugin's content. */
  | { readonly plugin: Plugin }
);

/** One record of an event file. */
export type EventContent =
  | { readonly fileVersion: string }
  /** A session starts: what was written before and is of this step or a later one does not count. */
  | { readonly sessionStart: true }
  | { readonly values: readonly SummaryValue[] };

const DATA_CLASS = { tensor: 2, blob: 3 } as const;
const DATA_TYPE = { float: 1, string: 7 } as const;
const SESSION_START = 1;

/**
 * An `Event`.
 *
 * @param wallTime seconds since 1970
 * @param step optimizer steps since the start of the training
 */
export function encodeEvent(wallTime: number, step: number, content: EventContent): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Bit64).double(wallTime);
  writer.tag(2, WireType.Varint).int64(step);
  if ('fileVersion' in content) writer.tag(3, WireType.LengthDelimited).string(content.fileVersion);
  else if ('sessionStart' in content) {
    message(writer, 7, () => writer.tag(1, WireType.Varint).int32(SESSION_START));
  } else {
    message(writer, 5, () => {
      for (const value of content.values) message(writer, 1, () => writeValue(writer, value));
    });
  }
  return writer.finish();
}

/** Writes a message that is a field of another. */
export function message(writer: BinaryWriter, field: number, write: () => unknown): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write();
  writer.join();
}

function writeValue(writer: BinaryWriter, value: SummaryValue): void {
  writer.tag(1, WireType.LengthDelimited).string(value.tag);
  if ('scalar' in value) writer.tag(2, WireType.Bit32).float(value.scalar);
  else if ('image' in value) message(writer, 4, () => writeImage(writer, value.image));
  else if ('histogram' in value) message(writer, 5, () => writeHistogram(writer, value.histogram));
  else {
    message(writer, 8, () => ('text' in value ? writeText(writer, value.text) : writeNone(writer)));
    const dataClass = 'blob' in value ? DATA_CLASS.blob : DATA_CLASS.tensor;
    message(writer, 9, () => {
      writePlugin(writer, value.plugin);
      writer.tag(4, WireType.Varint).int32(dataClass);
    });
  }
}

function writePlugin(writer: BinaryWriter, { name, content }: Plugin): void {
  message(writer, 1, () => {
    writer.tag(1, WireType.LengthDelimited).string(name);
    if (content) writer.tag(2, WireType.LengthDelimited).bytes(content);
  });
}

function writeImage(writer: BinaryWriter, { height, width, channels, bytes }: Png): void {
  writer.tag(1, WireType.Varint).int32(height);
  writer.tag(2, WireType.Varint).int32(width);
  writer.tag(3, WireType.Varint).int32(channels);
  writer.tag(4, WireType.LengthDelimited).bytes(bytes);
}

function writeHistogram(writer: BinaryWriter, histogram: Histogram): void {
  const { min, max, count, sum, squares, limits, counts } = histogram;
  for (const [i, figure] of [min, max, count, sum, squares].entries()) {
    writer.tag(i + 1, WireType.Bit64).double(figure);
  }
  for (const [i, list] of [limits, counts].entries()) {
    message(writer, 6 + i, () => list.forEach((figure) => writer.double(figure)));
  }
}

/** A tensor of one text. */
function writeText(writer: BinaryWriter, text: string): void {
  writer.tag(1, WireType.Varint).int32(DATA_TYPE.string);
  message(writer, 2, () => {});
  writer.tag(8, WireType.LengthDelimited).string(text);
}

/** A tensor that says nothing, for what is in the plugin's content alone. */
function writeNone(writer: BinaryWriter): void {
  writer.tag(1, WireType.Varint).int32(DATA_TYPE.float);
  message(writer, 2, () => message(writer, 2, () => writer.tag(1, WireType.Varint).int64(1)));
  message(writer, 5, () => writer.float(0));
}
