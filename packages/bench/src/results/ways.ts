import type { AnyResult } from './any-result.ts';

/** In what a result was measured otherwise than by default, in words. Files of earlier versions do not say: as by default. */
export function waysOf(result: AnyResult): string[] {
  if (result.kind === 'accuracy') {
    const { mirror = false, shift = 0 } = result;
    return [
      ...(mirror ? ['with mirror images'] : []),
      ...(shift > 0 ? [`shifted by ${shift}`] : []),
    ];
  }
  if (result.kind !== 'time' && result.kind !== 'memory') return [];
  const { deploy = true, capture = true } = result;
  return [...(deploy ? [] : ['as trained']), ...(capture ? [] : ['not recorded'])];
}
