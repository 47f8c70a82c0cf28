import { relaxed, simd } from '../generated/kernels.ts';
import type { WasmBuild } from '../runtime/kernel-build.ts';

/** A module of a few bytes with one i8x16.relaxed_swizzle: valid only where relaxed SIMD is. */
// biome-ignore format: bytes
const relaxedProbe = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1,
  0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11,
);

/** Whether this engine compiles relaxed SIMD (Node 22 and later, Chrome 114 and later). */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(relaxedProbe);
}

/** The module's bytes. */
function bytesOf(build: WasmBuild): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(build === 'relaxed' ? relaxed : simd), (c) => c.charCodeAt(0));
}

/** The builds that this engine runs, the fastest first; none where there is no WebAssembly. */
export function wasmBuilds(): WasmBuild[] {
  if (typeof WebAssembly === 'undefined') return [];
  const builds: WasmBuild[] = ['relaxed', 'simd'];
  return builds.filter((build) => WebAssembly.validate(bytesOf(build)));
}

/** A process compiles a build once, however often the backend starts. */
const modules = new Map<WasmBuild, WebAssembly.Module>();

/** Compiles one build of the kernels: the asked for, or the faster one that this engine has. */
export async function compileKernels(
  wanted?: WasmBuild,
): Promise<{ module: WebAssembly.Module; build: WasmBuild }> {
  if (typeof WebAssembly === 'undefined') {
    throw new Error(
      'there is no WebAssembly here: start Node without --jitless, or use another backend',
    );
  }
  const build = wanted ?? (hasRelaxedSimd() ? 'relaxed' : 'simd');
  const known = modules.get(build);
  if (known) return { module: known, build };
  const bytes = bytesOf(build);
  if (!WebAssembly.validate(bytes)) {
    throw new Error(
      build === 'relaxed'
        ? `this engine has no relaxed SIMD: use the build 'simd', or Node 22 or newer`
        : 'this engine has no WebAssembly SIMD and threads: use Node 16 or newer, or another backend',
    );
  }
  const module = await WebAssembly.compile(bytes).catch((error: Error) => {
    // These bytes are valid, so that the host forbids it.
    throw new Error(
      `WebAssembly may not be compiled here: a page's content security policy needs script-src 'wasm-unsafe-eval' (${error.message})`,
      { cause: error },
    );
  });
  modules.set(build, module);
  return { module, build };
}
