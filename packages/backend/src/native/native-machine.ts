import { availableParallelism } from 'node:os';
import { roundingOf, type NativeBuild } from '../runtime/kernel-build.ts';
import { type KernelMemory, PAGE } from '../runtime/kernel-memory.ts';
import { FIRST_PAGES, Layout, ThreadMemory } from '../runtime/layout.ts';
import { type Machine, PATIENCE } from '../runtime/machine.ts';
import { loadAddon } from './load-addon.ts';
import { NativeThreads } from './native-threads.ts';

/** Commands name a block by the 32-bit number of its first float. */
const MOST_BYTES = 2 ** 34 - PAGE;

/** What engines without larger resizable buffers have (Node 20). */
const LEAST_LIMIT = 2 ** 32 - PAGE;

/** Of ECMAScript 2024; every Node.js that this package takes has it. */
interface GrowingBuffer extends ArrayBuffer {
  readonly maxByteLength: number;
  resize(bytes: number): void;
}
type MakeBuffer = new (bytes: number, options: { maxByteLength: number }) => GrowingBuffer;

/** A buffer that grows in place up to `limit`, or as far as this engine has it. */
function growingBuffer(bytes: number, limit: number): GrowingBuffer {
  const make = ArrayBuffer as unknown as MakeBuffer;
  try {
    return new make(bytes, { maxByteLength: limit });
  } catch (error) {
    if (limit <= LEAST_LIMIT) throw error;
    return new make(bytes, { maxByteLength: LEAST_LIMIT });
  }
}

/** The builds that this processor runs, the fastest first; none where there is no addon. */
export function nativeBuilds(): readonly NativeBuild[] {
  const addon = loadAddon();
  return typeof addon === 'string' ? [] : addon.builds;
}

/**
 * The kernels as the processor's own code: memory in one resizable buffer, threads of the system.
 *
 * @param wanted the build; default: the fastest that this processor runs
 * @param memoryLimit bytes that its memory may have; default: 16 GiB, 4 GiB on Node 20
 * @returns it, or the reason why it cannot be had
 */
export function nativeMachine(wanted?: NativeBuild, memoryLimit = MOST_BYTES): Machine | string {
  const addon = loadAddon();
  if (typeof addon === 'string') return addon;
  const build = wanted ?? addon.builds[0];
  if (build === undefined) return 'this processor runs none of its builds';
  if (!addon.builds.includes(build))
    return `this processor does not run the build '${build}', but ${addon.builds.join(', ')}`;
  const buffer = growingBuffer(FIRST_PAGES * PAGE, Math.min(memoryLimit, MOST_BYTES));
  const memory: KernelMemory = {
    buffer,
    grow: (pages) => buffer.resize(buffer.byteLength + pages * PAGE),
    limit: buffer.maxByteLength,
  };
  const { control, threads } = Layout;
  const runtime = addon.open(build, buffer, control, threads, ThreadMemory.bytes);
  if (runtime.mark) {
    memory.mark = (address, bytes, used) => {
      // What was launched may need a block that is given back meanwhile.
      if (!used) runtime.drain(0, 1, PATIENCE);
      runtime.mark?.(address, bytes, used ? 1 : 0);
    };
  }
  return {
    kind: 'native',
    build,
    rounding: roundingOf(build),
    memory,
    lanes: runtime.lanes,
    panel: runtime.panel,
    kernels: runtime,
    threads: new NativeThreads(runtime),
    defaultThreads: Math.min(availableParallelism(), Layout.maxThreads),
  };
}
