import { Layout, ThreadMemory, threadMemory } from '../runtime/layout.ts';

/** Exports of kernels/wasm.c. */
export interface KernelExports {
  /** Where an instance's stack and its thread-local variables lie is set from outside. */
  readonly __stack_pointer: WebAssembly.Global<'i32'>;
  __wasm_init_tls(address: number): void;
  setup(control: number, scratch: number): void;
  begin(epoch: number): void;
  join(epoch: number): number;
  serve(): void;
  fail(worker: number): void;
  workers(): number;
  enqueue(command: number, chunks: number): void;
  feed(commands: number, count: number): void;
  run(command: number, chunks: number): void;
  drain(left: number, mayBlock: number, patience: number): number;
  replay(commands: number, count: number, mayBlock: number, patience: number): number;
  lanes(): number;
  panel(): number;
}

/** An instance of the kernels for a thread; all of its variables and its stack lie in that thread's memory. */
export function instantiate(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  thread: number,
): KernelExports {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = exports as unknown as KernelExports;
  const own = threadMemory(thread);
  kernels.__stack_pointer.value = own + ThreadMemory.bytes;
  kernels.__wasm_init_tls(own + ThreadMemory.scratch);
  kernels.setup(Layout.control, own);
  return kernels;
}
