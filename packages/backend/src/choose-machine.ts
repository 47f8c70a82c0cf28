import { nativeBuilds, nativeMachine } from '#native';
import {
  type KernelBuild,
  type RuntimeKind,
  runtimeOf,
  type WasmBuild,
  type NativeBuild,
} from './runtime/kernel-build.ts';
import type { Machine } from './runtime/machine.ts';
import { wasmBuilds } from './wasm/build.ts';
import { wasmMachine } from './wasm/wasm-machine.ts';

/** What a program asks for before the backend starts; undefined: what is fastest here. */
export interface Wanted {
  runtime?: RuntimeKind | undefined;
  build?: KernelBuild | undefined;
  /** Bytes that its memory may have. */
  memoryLimit?: number | undefined;
}

/** A machine, and why it is no native one where nobody asked for another. */
export interface Chosen {
  machine: Machine;
  notNative?: string;
}

/** The builds that run here, the fastest first: what `setKernelBuild` takes. */
export function kernelBuilds(): KernelBuild[] {
  return [...nativeBuilds(), ...wasmBuilds()];
}

/** What MNET_RUNTIME of the environment asks for, if it is set. */
export function runtimeOfEnvironment(): string | undefined {
  return (typeof process === 'object' && process.env?.MNET_RUNTIME) || undefined;
}

function fromEnvironment(): RuntimeKind | undefined {
  const text = runtimeOfEnvironment();
  if (text === undefined) return undefined;
  if (text !== 'wasm' && text !== 'native')
    throw new Error(`MNET_RUNTIME: got '${text}', takes wasm or native`);
  return text;
}

/**
 * The machine that runs the kernels: native where its addon fits, else WebAssembly. What is asked for and cannot be had is
 * an error.
 */
export async function chooseMachine({ runtime, build, memoryLimit }: Wanted): Promise<Chosen> {
  const ofBuild = build && runtimeOf[build];
  if (runtime && ofBuild && runtime !== ofBuild)
    throw new Error(
      `runtime: got '${runtime}', but setKernelBuild('${build}') asks for '${ofBuild}'`,
    );
  const asked = runtime ?? ofBuild ?? fromEnvironment();
  if (asked === 'wasm')
    return { machine: await wasmMachine(build as WasmBuild | undefined, memoryLimit) };
  const native = nativeMachine(build as NativeBuild | undefined, memoryLimit);
  if (typeof native !== 'string') return { machine: native };
  if (asked === 'native') throw new Error(`the native runtime cannot be had: ${native}`);
  return { machine: await wasmMachine(undefined, memoryLimit), notNative: native };
}
