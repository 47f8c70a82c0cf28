import { blockWords, type KernelName, writtenWords } from '../src/generated/commands.ts';
import type { Device } from '../src/runtime/device.ts';

/**
 * Throws from now on where a command changes a block that commands.def says it reads, on which those that run beside it rely.
 * For one thread, where a launch is done on return.
 *
 * @returns what ends it
 */
export function guardLaunches(device: Device): () => void {
  const { heap } = device;
  const launch = device.launch.bind(device);
  /** Values of the blocks that the command which is launched reads, by address. */
  const read = new Map<number, Int32Array>();
  /** Of a block; undefined where none begins there. */
  const valuesAt = (address: number): Int32Array | undefined => {
    try {
      return new Int32Array(heap.memory.buffer, address, heap.sizeOf(address) / 4);
    } catch {
      return undefined;
    }
  };
  const note = (kernel: KernelName, words: Int32Array): void => {
    const addressOf = (at: number): number => ((words[at] as number) >>> 0) * 4;
    const written = writtenWords[kernel].map(addressOf);
    for (const at of blockWords[kernel]) {
      const address = addressOf(at);
      const values = valuesAt(address);
      if (!values) continue;
      // What is read may lie in the same block: a total behind its parts.
      const end = address + values.byteLength;
      if (!written.some((to) => to >= address && to < end)) read.set(address, values.slice());
    }
  };
  device.launch = (kernel, chunks, command) => {
    read.clear();
    device.listen(note);
    try {
      launch(kernel, chunks, command);
    } finally {
      device.listen(undefined);
    }
    for (const [address, values] of read) {
      const now = valuesAt(address);
      if (!now || !values.every((value, i) => value === now[i]))
        throw new Error(`'${kernel}' changed a block that commands.def says it reads`);
    }
  };
  return () => {
    device.launch = launch;
  };
}
