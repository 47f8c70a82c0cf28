import type { KernelMemory } from '../runtime/kernel-memory.ts';
import { Layout } from '../runtime/layout.ts';
import type { Machine } from '../runtime/machine.ts';
import { buildName, compileKernels, type KernelBuild } from './build.ts';
import { instantiate } from './exports.ts';
import { MOST_PAGES, sharedMemory } from './shared-memory.ts';
import { WorkerThreads } from './worker-threads.ts';

/**
 * The kernels in WebAssembly: a shared memory, and workers that have an instance each.
 *
 * @param wanted the build; default: with fused multiply-add where this engine has it
 */
export async function wasmMachine(wanted?: KernelBuild): Promise<Machine> {
  const { module, build } = await compileKernels(wanted);
  const shared = sharedMemory(Math.ceil(Layout.heap / 65536) + 256);
  const kernels = instantiate(module, shared, 0);
  const memory: KernelMemory = {
    get buffer() {
      return shared.buffer;
    },
    grow: (pages) => shared.grow(pages),
    limit: MOST_PAGES * 65_536,
  };
  return {
    kind: 'wasm',
    build,
    buildName: buildName(build),
    memory,
    lanes: kernels.lanes(),
    panel: kernels.panel(),
    kernels,
    threads: new WorkerThreads(module, shared, kernels),
  };
}
