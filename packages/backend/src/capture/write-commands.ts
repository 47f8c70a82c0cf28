import { COMMAND_WORDS } from '../generated/commands.ts';
import type { RecordedBackend } from './recorder.ts';

/** Writes recorded commands one after the other into a block, whose address it gives; the caller frees it. */
export function writeCommands(backend: RecordedBackend, commands: readonly Int32Array[]): number {
  const words = commands.length * COMMAND_WORDS;
  const address = backend.allocate(words * 4, 'a recorded computation');
  const list = new Int32Array(backend.device.bytes, address, words);
  commands.forEach((command, i) => list.set(command, i * COMMAND_WORDS));
  return address;
}
