import { SCRATCH_BYTES } from '../generated/commands.ts';
import { PAGE } from './kernel-memory.ts';

/** What each thread has for itself, in bytes. */
export const ThreadMemory = {
  /** For what a chunk computes on the way. */
  scratch: SCRATCH_BYTES,
  /** WebAssembly: thread-local variables, and the stack that grows down towards them. */
  stack: 32_768,
  bytes: 163_840,
} as const;

/** Where things lie at the memory's start, in bytes; below are the module's constants. */
export const Layout = {
  control: 65_536,
  /** The queue's commands, one after the other. */
  commands: 262_144,
  /** The threads' own memory, one after the other. */
  threads: 786_432,
  maxThreads: 64,
  staging: 11_272_192,
  /** What is written from JavaScript while the queue is busy. Pages that are never touched cost nothing. */
  stagingBytes: 16_777_216,
  heap: 28_049_408,
} as const;

/** Pages that a memory has at its start. */
export const FIRST_PAGES: number = Math.ceil(Layout.heap / PAGE) + 256;

/** Where a thread's own memory begins; the thread that launches is 0. */
export function threadMemory(index: number): number {
  return Layout.threads + index * ThreadMemory.bytes;
}
