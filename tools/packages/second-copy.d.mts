export function secondCopy(
  folder: string,
  version: string,
): Record<'tfjs-core' | 'tfjs-layers', string>;
