import type { AnyResult } from './any-result.ts';

/** A network's name, with its width where that is not 1. */
export function networkOf({ model, width }: AnyResult): string {
  return width == null || width === 1 ? model : `${model} ×${width}`;
}
