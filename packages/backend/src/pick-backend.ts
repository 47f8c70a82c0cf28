import {
  callable,
  choice,
  type Given,
  integer,
  optional,
  options,
  resolve,
} from '@mnet/core/options';
import { engine, ready, setBackend } from '@tensorflow/tfjs-core';
import { runtimeOfEnvironment } from './choose-machine.ts';
import {
  backendName,
  registerMnet,
  runningBackend,
  setThreads,
  setWanted,
  startedBackend,
  startedWith,
  whyNotStarted,
} from './register-backend.ts';
import type { KernelBuild, RuntimeKind } from './runtime/kernel-build.ts';
import { Layout } from './runtime/layout.ts';

/** The backends that {@link pickBackend} knows, as tf.setBackend names them. */
export type BackendName = 'mnet' | 'tensorflow' | 'webgpu' | 'wasm' | 'cpu';

/** What was picked. */
export interface PickedBackend {
  /** As tf.setBackend names it. */
  name: BackendName;
  /** Threads, where that is known. */
  threads?: number;
  /** One line that says what it is and why. */
  why: string;
}

/** Tries to start a backend; the reason when that cannot be. */
type Start = (threads?: number) => Promise<string | undefined>;

interface Candidate {
  start: Start;
  /** How to get it. */
  install: string;
}

// Node's modules are asked of it, not imported, so that a bundle for browsers may carry this file.
const isNode = typeof process === 'object' && typeof process.getBuiltinModule === 'function';

/** A package that may not be there; the specifier is hidden from bundlers. */
async function ifInstalled(specifier: string): Promise<Record<string, unknown> | string> {
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ specifier)) as Record<
      string,
      unknown
    >;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const missing = code === 'ERR_MODULE_NOT_FOUND' && message.includes(specifier);
    return missing
      ? `${specifier} is not installed`
      : `${specifier} does not load: ${message.split('\n')[0]?.replace(/[.\s]+$/, '')}`;
  }
}

async function tryBackend(name: string): Promise<string | undefined> {
  try {
    if (await setBackend(name)) {
      await ready();
      return undefined;
    }
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
  return `the backend '${name}' did not start`;
}

async function startMnet(): Promise<string | undefined> {
  registerMnet();
  const reason = await tryBackend(backendName);
  return reason && (whyNotStarted() ?? reason);
}

/**
 * What TensorFlow's native library needs before it is loaded: its number of threads, which it reads then, and a
 * function that Node 23 removed and tfjs-node 4.22 still calls. Returns what takes both back.
 */
function prepareTensorFlow(threads: number | undefined): () => void {
  const { env } = process;
  const before = env.TF_NUM_INTRAOP_THREADS;
  if (threads !== undefined) env.TF_NUM_INTRAOP_THREADS = String(threads);
  const util = process.getBuiltinModule('node:util') as unknown as Record<string, unknown>;
  const lacking = !('isNullOrUndefined' in util);
  if (lacking) util.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
  return () => {
    if (before === undefined) delete env.TF_NUM_INTRAOP_THREADS;
    else env.TF_NUM_INTRAOP_THREADS = before;
    if (lacking) delete util.isNullOrUndefined;
  };
}

/** TensorFlow's native library, with or without a GPU. */
async function startTensorFlow(
  packages: readonly string[],
  threads: number | undefined,
): Promise<string | undefined> {
  if (!isNode) return 'TensorFlow runs in Node.js only';
  const undo = prepareTensorFlow(threads);
  const reasons: string[] = [];
  for (const name of packages) {
    const found = await ifInstalled(name);
    if (typeof found !== 'string') return tryBackend('tensorflow');
    reasons.push(found);
  }
  undo();
  return reasons.join(', ');
}

/** TensorFlow on a GPU: its package falls back to the processor by itself where it finds none. */
const startTensorFlowGpu: Start = async (threads) => {
  const reason = await startTensorFlow([gpuPackage], threads);
  if (reason !== undefined) return reason;
  const { isUsingGpuDevice } = engine().backend as unknown as { isUsingGpuDevice?: boolean };
  return isUsingGpuDevice === false ? `${gpuPackage} finds no GPU` : undefined;
};

interface Gpu {
  requestAdapter(): Promise<unknown>;
}

async function startWebGpu(): Promise<string | undefined> {
  let gpu = (globalThis.navigator as { gpu?: Gpu } | undefined)?.gpu;
  let names: object | undefined;
  if (isNode && !gpu) {
    const dawn = await ifInstalled('webgpu');
    if (typeof dawn === 'string') return dawn;
    const { create, globals } = dawn as { create: (flags: string[]) => Gpu; globals: object };
    gpu = create([]);
    names = globals;
  }
  if (!gpu) return 'this browser has no WebGPU';
  if (!(await gpu.requestAdapter())) return 'no GPU that WebGPU can use';
  if (names) {
    Object.assign(globalThis, names);
    const navigator = globalThis.navigator ?? {};
    Object.defineProperty(globalThis, 'navigator', {
      value: Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true }),
      configurable: true,
    });
  }
  const found = await ifInstalled('@tensorflow/tfjs-backend-webgpu');
  return typeof found === 'string' ? found : tryBackend('webgpu');
}

async function startWasm(): Promise<string | undefined> {
  const found = await ifInstalled('@tensorflow/tfjs-backend-wasm');
  if (typeof found === 'string') return found;
  if (isNode) {
    const { createRequire } = process.getBuiltinModule('node:module');
    const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
    (found as { setWasmPaths(prefix: string): void }).setWasmPaths(
      entry.slice(0, entry.lastIndexOf('tf-backend')),
    );
  }
  return tryBackend('wasm');
}

const gpuPackage = '@tensorflow/tfjs-node-gpu';
const cpuPackage = '@tensorflow/tfjs-node';

const candidates: Record<BackendName, Candidate> = {
  tensorflow: {
    start: (threads) => startTensorFlow([gpuPackage, cpuPackage], threads),
    install: `npm install ${gpuPackage} (with a CUDA GPU) or npm install ${cpuPackage}`,
  },
  webgpu: {
    start: startWebGpu,
    install: 'npm install @tensorflow/tfjs-backend-webgpu (in Node also: webgpu)',
  },
  mnet: {
    start: startMnet,
    install: 'npm install @mnet/backend, on Node 20.19 or newer',
  },
  wasm: { start: startWasm, install: 'npm install @tensorflow/tfjs-backend-wasm' },
  cpu: { start: () => tryBackend('cpu'), install: 'npm install @tensorflow/tfjs-backend-cpu' },
};

const pickBackendOptions = options({
  /** This backend and no other; without it the fastest that is installed and works. */
  prefer: optional(choice(Object.keys(candidates) as BackendName[])),
  /** Threads of `mnet` and of `tensorflow` (before it is first loaded), from 1 to 64; default: the number of cores. */
  threads: optional(integer({ min: 1, max: Layout.maxThreads })),
  /**
   * What runs `mnet`'s kernels, and no other; default: MNET_RUNTIME of the environment, else `native`, the processor's own
   * code, where its addon fits and loads, else `wasm`. Takes effect when `mnet` starts.
   */
  runtime: optional(choice(['native', 'wasm'])),
  /**
   * Bytes that `mnet`'s memory may have, from 64 MiB; default, and the most: 16 GiB native (4 GiB on Node 20), 4 GiB in
   * WebAssembly. Takes effect when `mnet` starts.
   */
  memoryLimit: optional(integer({ min: 2 ** 26, max: 2 ** 34 })),
  /** Is told what was tried and picked; default: nothing is printed. */
  log: optional(callable<(line: string) => void>('a function of a line')),
});

/** Which backend, and on how many threads. */
export interface PickBackendOptions extends Given<typeof pickBackendOptions> {}

/**
 * Starts the fastest backend that is installed and works, and makes it tfjs's backend: TensorFlow on a GPU
 * (`@tensorflow/tfjs-node-gpu`), WebGPU, else `mnet`, which needs nothing. TensorFlow without a GPU
 * (`@tensorflow/tfjs-node`) trains slower than `mnet` and is taken only when preferred.
 *
 * @throws if `prefer` names a backend that cannot be had: the error says why and how to install it; or `mnet` cannot be had as
 *   `runtime`, MNET_RUNTIME or `setKernelBuild` asks for it. There is no silent swap.
 */
export async function pickBackend(given: PickBackendOptions = {}): Promise<PickedBackend> {
  const {
    prefer,
    threads,
    runtime,
    memoryLimit,
    log: say = () => undefined,
  } = resolve(pickBackendOptions, given, 'pickBackend');
  prepareMnet(runtime, memoryLimit);
  if (prefer !== undefined) {
    const { start, install } = candidates[prefer];
    const before = engine().backendName as string | undefined;
    const reason = await start(threads);
    if (reason !== undefined) {
      if (before) await setBackend(before);
      throw new Error(`the backend '${prefer}' cannot be had: ${reason}. To get it: ${install}`);
    }
    return picked(prefer, 'as asked', threads, say);
  }
  const order: [BackendName, Start, string][] = [
    ['tensorflow', startTensorFlowGpu, `${gpuPackage} has a GPU`],
    ['webgpu', startWebGpu, 'a GPU is at hand'],
    ['mnet', startMnet, 'the fastest without a GPU'],
    ['cpu', candidates.cpu.start, 'nothing else starts here'],
  ];
  for (const [name, start, why] of order) {
    const reason = await start(threads);
    if (reason === undefined) return picked(name, why, threads, say);
    // What was asked for is not swapped for a slower backend.
    const asked = runtime ?? startedWith().build ?? runtimeOfEnvironment();
    if (name === backendName && asked !== undefined)
      throw new Error(`the backend '${name}' cannot be had: ${reason}`);
    say(`${name}: ${reason}`);
  }
  throw new Error(
    'no backend starts here: use Node 20.19 or newer, or a browser with WebAssembly SIMD',
  );
}

/** The builds, in words. */
const kernelNames: Readonly<Record<KernelBuild, string>> = {
  simd: 'WebAssembly SIMD',
  relaxed: 'WebAssembly relaxed SIMD',
  'x86-64-v2': 'native SSE4',
  'x86-64-v3': 'native AVX2',
  'x86-64-v4': 'native AVX-512',
  'arm64-neon': 'native NEON',
};

/** Says what `mnet` is to start with, or refuses what it was not started with. */
function prepareMnet(runtime: RuntimeKind | undefined, memoryLimit: number | undefined): void {
  const running = startedBackend();
  if (!running) {
    setWanted({ runtime, memoryLimit });
    return;
  }
  const again = `${backendName} has started already: await tf.removeBackend('${backendName}') first`;
  if (runtime !== undefined && runtime !== running.runtime)
    throw new Error(`pickBackend: runtime: got '${runtime}', but ${again}`);
  if (memoryLimit !== undefined && memoryLimit !== startedWith().memoryLimit)
    throw new Error(`pickBackend: memoryLimit: got ${memoryLimit}, but ${again}`);
}

async function picked(
  name: BackendName,
  why: string,
  threads: number | undefined,
  say: (line: string) => void,
): Promise<PickedBackend> {
  let line = `backend ${name}: ${why}`;
  if (name === backendName) {
    const { device, notNative } = runningBackend();
    if (threads !== undefined && threads !== device.threads.size) await setThreads(threads);
    const count = device.threads.size;
    const reason = isNode && notNative !== undefined ? ` (not native: ${notNative})` : '';
    const kernels = `${kernelNames[device.machine.build]}${reason}`;
    line = `backend mnet, ${count} ${count === 1 ? 'thread' : 'threads'}, ${kernels}: ${why}`;
    say(line);
    return { name, threads: count, why: line };
  }
  if (threads !== undefined && name !== 'tensorflow')
    say(`threads: '${name}' chooses its own, ${threads} is for mnet`);
  say(line);
  return { name, why: line };
}
