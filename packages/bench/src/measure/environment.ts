import { tryNodeModules } from '@mnet/core/files';
import { type Environment, environment } from '@mnet/train';
import { getBackend } from '@tensorflow/tfjs-core';
import { version_layers } from '@tensorflow/tfjs-layers';

/** The machine and the software that a benchmark was taken on. */
export interface BenchEnvironment extends Environment {
  /** Version of the packages of mnet; absent where they are bundled. */
  readonly mnet?: string;
  /** Version of @tensorflow/tfjs-layers. */
  readonly tfjsLayers: string;
  /** Version of the package that the backend comes from, where that is another one's. */
  readonly backendVersion?: string;
  /** Bytes of memory that the machine has. */
  readonly memoryBytes?: number;
  /** Release of the operating system's kernel. */
  readonly osRelease?: string;
  /** The commit that the working folder stands at; absent where git knows none. */
  readonly commit?: string;
  /** Whether files differ from that commit. */
  readonly dirty?: boolean;
  /** The words of the command that measured; absent where a program did. */
  readonly command?: readonly string[];
}

const backendPackages: Readonly<Record<string, readonly string[]>> = {
  wasm: ['@tensorflow/tfjs-backend-wasm'],
  cpu: ['@tensorflow/tfjs-backend-cpu'],
  tensorflow: ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'],
};

/** Describes the machine, the software and the active backend. */
export function benchEnvironment(): BenchEnvironment {
  const node = tryNodeModules();
  const known = { ...environment(), tfjsLayers: version_layers };
  if (node === undefined) return known;
  const require = node.createRequire(import.meta.url);
  const versionOf = (name: string): string | undefined => {
    try {
      return (require(`${name}/package.json`) as { version: string }).version;
    } catch {
      return undefined; // bundled, or not installed
    }
  };
  const mnet = versionOf('@mnet/bench');
  const ofBackend = (backendPackages[getBackend()] ?? []).map(versionOf).find(Boolean);
  return {
    ...known,
    ...(mnet !== undefined && { mnet }),
    ...(ofBackend !== undefined && { backendVersion: ofBackend }),
    memoryBytes: node.os.totalmem(),
    osRelease: node.os.release(),
    ...commitHere(),
  };
}

let commit: Pick<BenchEnvironment, 'commit' | 'dirty'> | undefined;

/** What git says of the working folder, asked once. */
function commitHere(): Pick<BenchEnvironment, 'commit' | 'dirty'> {
  if (commit !== undefined) return commit;
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const git = (...args: string[]): string | undefined => {
    const { status, stdout } = spawnSync('git', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return status === 0 ? stdout.trim() : undefined;
  };
  const head = git('rev-parse', '--verify', 'HEAD');
  const changes = head && git('status', '--porcelain', '--untracked-files=no');
  commit =
    head === undefined
      ? {}
      : { commit: head, ...(changes !== undefined && { dirty: changes !== '' }) };
  return commit;
}
