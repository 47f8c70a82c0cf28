import { type KernelMemory, PAGE } from '../runtime/kernel-memory.ts';
import { roundingOf, type WasmBuild } from '../runtime/kernel-build.ts';
import { FIRST_PAGES } from '../runtime/layout.ts';
import type { Machine } from '../runtime/machine.ts';
import { compileKernels } from './build.ts';
import { instantiate } from './exports.ts';
import { MOST_PAGES, sharedMemory } from './shared-memory.ts';
import { defaultThreads, WorkerThreads } from './worker-threads.ts';

/**
 * The kernels in WebAssembly: a shared memory, and workers that have an instance each.
 *
 * @param wanted the build; default: with fused multiply-add where this engine has it
 * @param memoryLimit bytes that its memory may have; default, and the most: 4 GiB
 */
export async function wasmMachine(wanted?: WasmBuild, memoryLimit = Infinity): Promise<Machine> {
  const { module, build } = await compileKernels(wanted);
  const most = Math.min(MOST_PAGES, Math.floor(memoryLimit / PAGE));
  const shared = sharedMemory(FIRST_PAGES, most);
  const kernels = instantiate(module, shared, 0);
  const memory: KernelMemory = {
    get buffer() {
      return shared.buffer;
    },
    grow: (pages) => shared.grow(pages),
    limit: most * PAGE,
  };
  return {
    kind: 'wasm',
    build,
    rounding: roundingOf(build),
    memory,
    lanes: kernels.lanes(),
    panel: kernels.panel(),
    kernels,
    threads: new WorkerThreads(module, shared, kernels),
    defaultThreads: defaultThreads(),
  };
}
