import type { Random } from '@mnet/core/random';
import type { OperationName } from './operations.ts';

/** An operation with the magnitudes that it may have. */
export interface Choice {
  readonly name: OperationName;
  /** From the weakest to the strongest, {@link levels} of them; none where there is nothing to choose. */
  readonly magnitudes: readonly number[];
  /** Whether half of them are negated. */
  readonly signed: boolean;
}

/** How many magnitudes an operation has, from 0 on. */
export const levels = 31;

/** The largest magnitudes of a search space. */
export interface Strongest {
  /** Pixels sideways for each pixel of height. */
  readonly shear: number;
  /** Pixels to the left or the right. */
  readonly translateX: number;
  /** Pixels up or down. */
  readonly translateY: number;
  readonly degrees: number;
  /** By which brightness, color, contrast and sharpness differ from 1. */
  readonly change: number;
  /** Bits that posterize takes away. */
  readonly bits: number;
}

/** The fourteen operations, each as likely, with magnitudes that rise evenly. */
export function spaceOf(most: Strongest): readonly Choice[] {
  const upTo = (end: number): number[] =>
    Array.from({ length: levels }, (_, i) => (end * i) / (levels - 1));
  const signed = (name: OperationName, end: number): Choice => {
    return { name, magnitudes: upTo(end), signed: true };
  };
  const unsigned = (name: OperationName, magnitudes: readonly number[] = []): Choice => {
    return { name, magnitudes, signed: false };
  };
  return [
    unsigned('identity'),
    signed('shearX', most.shear),
    signed('shearY', most.shear),
    signed('translateX', most.translateX),
    signed('translateY', most.translateY),
    signed('rotate', most.degrees),
    signed('brightness', most.change),
    signed('color', most.change),
    signed('contrast', most.change),
    signed('sharpness', most.change),
    unsigned(
      'posterize',
      upTo(most.bits).map((bits) => 8 - Math.round(bits)),
    ),
    unsigned(
      'solarize',
      upTo(255).map((range) => 255 - range),
    ),
    unsigned('autoContrast'),
    unsigned('equalize'),
  ];
}

/** @param level which magnitude, from 0; undefined: any, each as likely */
export function drawOperation(
  space: readonly Choice[],
  level: number | undefined,
  random: Random,
): { name: OperationName; magnitude: number } {
  const { name, magnitudes, signed } = space[random.below(space.length)] as Choice;
  const size = magnitudes[level ?? random.below(levels)] ?? 0;
  return { name, magnitude: signed && random.below(2) === 1 ? -size : size };
}
