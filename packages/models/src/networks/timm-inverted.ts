import type { NameTable } from './name-table.ts';

/** Stem and blocks of MobileNetV2 and V3 in timm. */
export function timmInverted(): Pick<
  NameTable,
  'stem' | 'block' | 'parts' | 'unexpanded' | 'epsilon'
> {
  const squeezeExcite = {
    'squeeze_excite/reduce': { pointwise: 'se.conv_reduce' },
    'squeeze_excite/expand': { pointwise: 'se.conv_expand' },
  };
  return {
    stem: { conv: 'conv_stem', bn: 'bn1' },
    block: 'blocks.{s}.{b}',
    parts: {
      expand: { conv: 'conv_pw', bn: 'bn1' },
      depthwise: { conv: 'conv_dw', bn: 'bn2' },
      ...squeezeExcite,
      project: { conv: 'conv_pwl', bn: 'bn3' },
    },
    unexpanded: {
      depthwise: { conv: 'conv_dw', bn: 'bn1' },
      ...squeezeExcite,
      project: { conv: 'conv_pw', bn: 'bn2' },
    },
    epsilon: 1e-5,
  };
}
