import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { JsonObject, JsonValue } from '../json.ts';
import type { RunDescription } from '../runs/run-record.ts';
import { message, type SummaryValue } from './messages.ts';

// Messages of https://github.com/tensorflow/tensorboard/blob/master/tensorboard/plugins/hparams/plugin_data.proto.

const SESSION_START = '_hparams_/session_start_info';
/** Written last: the tag by which a run is told whose events are all there. */
export const SESSION_END = '_hparams_/session_end_info';
const SUCCESS = 1;

/** The settings of a run, by which TensorBoard sorts and filters runs. */
export function sessionStart(config: RunDescription): SummaryValue {
  const { model, dataset, options, objective, date } = config;
  const settings = flat({ model: model.name, dataset: dataset.name, ...options, objective }, '');
  return plugin(SESSION_START, 3, (writer) => {
    for (const [name, value] of settings) {
      message(writer, 1, () => {
        writer.tag(1, WireType.LengthDelimited).string(name);
        message(writer, 2, () => writeSetting(writer, value));
      });
    }
    writer.tag(5, WireType.Bit64).double(Date.parse(date) / 1000);
  });
}

/** That a run is complete. */
export function sessionEnd(): SummaryValue {
  return plugin(SESSION_END, 4, (writer) => {
    writer.tag(1, WireType.Varint).int32(SUCCESS);
    writer.tag(2, WireType.Bit64).double(Date.now() / 1000);
  });
}

function plugin(tag: string, field: number, write: (writer: BinaryWriter) => void): SummaryValue {
  const writer = new BinaryWriter();
  message(writer, field, () => write(writer));
  return { tag, plugin: { name: 'hparams', content: writer.finish() } };
}

type Setting = number | string | boolean;

function writeSetting(writer: BinaryWriter, value: Setting): void {
  if (typeof value === 'number') writer.tag(2, WireType.Bit64).double(value);
  else if (typeof value === 'boolean') writer.tag(4, WireType.Varint).bool(value);
  else writer.tag(3, WireType.LengthDelimited).string(value);
}

/** Settings within settings get names such as `optimizer.momentum`; a list becomes its text, nothing (null) is left out. */
function flat(value: JsonObject, before: string): [string, Setting][] {
  return Object.entries(value).flatMap(([key, each]: [string, JsonValue]): [string, Setting][] => {
    const name = before + key;
    if (each === null) return [];
    if (Array.isArray(each)) return [[name, JSON.stringify(each)]];
    return typeof each === 'object' ? flat(each as JsonObject, `${name}.`) : [[name, each]];
  });
}
