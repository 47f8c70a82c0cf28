import { backend, getBackend, version_core } from '@tensorflow/tfjs-core';
import { tryNodeModules } from '@mnet/core/files';

/** The machine and software a run or a benchmark was made on. */
export interface Environment {
  /** Version of Node.js; absent in browsers. */
  readonly node?: string;
  /** The browser's own description; absent in Node.js. */
  readonly userAgent?: string;
  /** Version of @tensorflow/tfjs-core. */
  readonly tfjs: string;
  /** Name of the TensorFlow.js backend. */
  readonly backend: string;
  /** How the backend's kernels round, such as `fused 0123456789ab`; absent where it does not say. */
  readonly build?: string;
  /** What runs its kernels: `native` or `wasm`; absent where it does not say. */
  readonly runtime?: string;
  /** The build of its kernels, such as `x86-64-v3` or `relaxed`; absent where it does not say. */
  readonly kernelBuild?: string;
  /** Threads the backend computes with; absent where it does not say. */
  readonly threads?: number;
  /** Model name of the processor. */
  readonly cpu?: string;
  /** Logical cores that this process may use. */
  readonly cores?: number;
  /** Operating system and architecture, such as `linux x64`. */
  readonly platform?: string;
}

/** Describes the machine and the active backend. */
export function environment(): Environment {
  const active = backend() as unknown as Record<string, unknown>;
  const said = (name: 'build' | 'runtime' | 'kernelBuild'): Partial<Environment> =>
    typeof active[name] === 'string' ? { [name]: active[name] } : {};
  const threads = typeof active.threads === 'number' ? { threads: active.threads } : {};
  const kernels = { ...said('build'), ...said('runtime'), ...said('kernelBuild') };
  const shared = { tfjs: version_core, backend: getBackend(), ...kernels, ...threads };
  const node = tryNodeModules();
  if (node) {
    const cpu = node.os.cpus()[0]?.model.trim();
    return {
      node: process.version,
      ...shared,
      ...(cpu ? { cpu } : {}),
      cores: node.os.availableParallelism(),
      platform: `${process.platform} ${process.arch}`,
    };
  }
  const browser = globalThis.navigator;
  return { userAgent: browser.userAgent, ...shared, cores: browser.hardwareConcurrency };
}

/** What of an environment decides how numbers round; two that differ in it need not end with the same bits. */
export function buildOf(said: Environment): Partial<Environment> {
  const { backend: name, build, tfjs, node, userAgent, platform } = said;
  const major = node?.replace(/\..*/, '');
  return {
    backend: name,
    ...(build !== undefined && { build }),
    tfjs,
    ...(major !== undefined && { node: major }),
    ...(userAgent !== undefined && { userAgent }),
    ...(platform !== undefined && { platform }),
  };
}
