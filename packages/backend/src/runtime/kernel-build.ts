import { kernelsDigest } from '../generated/kernels.ts';

/** WebAssembly: `relaxed` with fused multiply-add (relaxed SIMD), `simd` without. */
export type WasmBuild = 'simd' | 'relaxed';

/** The processor's own instructions: vectors of 4, 8 and 16 floats on x86-64, of 4 on arm64; all but v2 fuse. */
export type NativeBuild = 'x86-64-v2' | 'x86-64-v3' | 'x86-64-v4' | 'arm64-neon';

/** A build of the kernels. */
export type KernelBuild = WasmBuild | NativeBuild;

/** What runs the kernels. */
export type RuntimeKind = 'wasm' | 'native';

/** The runtime of each build. */
export const runtimeOf: Readonly<Record<KernelBuild, RuntimeKind>> = {
  simd: 'wasm',
  relaxed: 'wasm',
  'x86-64-v2': 'native',
  'x86-64-v3': 'native',
  'x86-64-v4': 'native',
  'arm64-neon': 'native',
};

/** Builds that round a multiplication and the addition after it twice. */
const unfused: ReadonlySet<KernelBuild> = new Set(['simd', 'x86-64-v2']);

/**
 * How a build rounds: whether multiply-adds are fused, and a digest of the kernels' source. Builds of which this is the
 * same give the same bits.
 */
export function roundingOf(build: KernelBuild): string {
  return `${unfused.has(build) ? 'unfused' : 'fused'} ${kernelsDigest}`;
}
