import type { NativeBuild } from '../runtime/kernel-build.ts';
import type { Machine } from '../runtime/machine.ts';

/** A browser runs no machine code. */
export function nativeMachine(): Machine | string {
  return 'a browser runs no machine code';
}

/** None. */
export function nativeBuilds(): readonly NativeBuild[] {
  return [];
}
