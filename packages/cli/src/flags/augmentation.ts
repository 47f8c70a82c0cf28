import {
  boolean,
  either,
  optional,
  options,
  type Resolved,
  type Takes,
  unfit,
} from '@mnet/core/options';
import {
  type Augmentation,
  cropOptions,
  cutmixOptions,
  cutoutOptions,
  mixupOptions,
  randAugmentOptions,
  randomErasingOptions,
} from '@mnet/data';
import type { FlagText } from './flag.ts';

const { operations, magnitude } = randAugmentOptions.fields;

const pair = 'operations and magnitude, such as 2,9';
const operationsAndMagnitude: Takes<readonly number[]> = {
  text: pair,
  check: (value, argument) => {
    if (!Array.isArray(value) || value.length !== 2) throw unfit(value, pair, argument);
    return [operations, magnitude].map(({ takes }, i) => takes.check(value[i], argument));
  },
};

/** Random changes to training images, by flag. */
export const augmentationOptions = options({
  /** Random changes to the training images, default true. */
  augment: optional(boolean(), true),
  /** Pixels of padding of random crops, default 4; 0 is none. */
  crop: optional(cropOptions.fields.padding.takes, 4),
  /** What is beyond the image in random crops; `mean` where it is left out. */
  cropFill: optional(cropOptions.fields.fill.takes),
  /** Whether images are mirrored at random, default true. */
  flip: optional(boolean(), true),
  /** Whether they are mirrored in every other epoch instead, default false. */
  alternateFlip: optional(boolean(), false),
  /** Side in pixels of a random square that is erased; default 0, none. */
  cutout: optional(cutoutOptions.fields.size.takes, 0),
  /** Probability of an image having a random rectangle erased; default: none. */
  randomErasing: optional(randomErasingOptions.fields.probability.takes),
  /** Magnitude of RandAugment, or its operations and their magnitude; default: none. */
  randAugment: optional(either(magnitude.takes, operationsAndMagnitude)),
  /** Whether each picture is changed by TrivialAugment, default false. */
  trivialAugment: optional(boolean(), false),
  /** α of mixup; default: none. */
  mixup: optional(mixupOptions.fields.alpha.takes),
  /** α of CutMix; default: none. */
  cutmix: optional(cutmixOptions.fields.alpha.takes),
});

/** The flags of {@link augmentationOptions}. */
export const augmentationFlags = {
  augment: ['--no-augment', 'leave out all random changes to the training images'],
  crop: ['--crop <pixels>', 'padding of random crops; 0 for none'],
  cropFill: [
    '--crop-fill <what>',
    `what is beyond the image: its mean colour, or the image mirrored (default: ${cropOptions.fields.fill.fallback})`,
  ],
  flip: ['--no-flip', 'leave out mirroring at random'],
  alternateFlip: [
    '--alternate-flip',
    'mirror a random half of the images, and in every other epoch the other half',
  ],
  cutout: ['--cutout <pixels>', 'side of a random square that is erased; 0 for none'],
  randomErasing: [
    '--random-erasing <p>',
    'probability of a random rectangle being erased, such as 0.5',
  ],
  randAugment: [
    '--rand-augment <n,m>',
    `random operations on each picture and their magnitude, or the magnitude alone (operations: ${operations.fallback})`,
    { conflicts: 'trivialAugment' },
  ],
  trivialAugment: ['--trivial-augment', 'one random operation of any magnitude on each picture'],
  mixup: ['--mixup <alpha>', 'blend pictures of a batch, by shares of Beta(alpha, alpha)'],
  cutmix: ['--cutmix <alpha>', 'put rectangles of pictures into others of a batch, likewise'],
} as const satisfies Readonly<Record<string, FlagText>>;

/** What of `augment` of `train` the flags decide; undefined: nothing is changed. */
export function augmentOf(flags: Resolved<typeof augmentationOptions>): Augmentation | undefined {
  refuseUnused(flags);
  if (!flags.augment) return undefined;
  const {
    crop,
    cropFill: fill,
    flip,
    alternateFlip,
    cutout,
    randomErasing,
    randAugment,
    trivialAugment,
  } = flags;
  const { mixup, cutmix } = flags;
  return {
    ...(crop > 0 && { crop: { padding: crop, ...(fill && { fill }) } }),
    flip: alternateFlip ? 'alternate' : flip,
    ...(cutout > 0 && { cutout: { size: cutout } }),
    ...(randomErasing !== undefined && { randomErasing: { probability: randomErasing } }),
    ...(randAugment !== undefined && { randAugment: randAugmentOf(randAugment) }),
    ...(trivialAugment && { trivialAugment }),
    ...(mixup !== undefined && { mixup: { alpha: mixup } }),
    ...(cutmix !== undefined && { cutmix: { alpha: cutmix } }),
  };
}

function randAugmentOf(
  given: number | readonly number[],
): NonNullable<Augmentation['randAugment']> {
  if (typeof given === 'number') return { magnitude: given };
  const [first, second] = given as readonly [number, number];
  return { operations: first, magnitude: second };
}

/** Flags that are off unless they are given. */
const extras = [
  ['cropFill', '--crop-fill'],
  ['alternateFlip', '--alternate-flip'],
  ['randomErasing', '--random-erasing'],
  ['randAugment', '--rand-augment'],
  ['trivialAugment', '--trivial-augment'],
  ['mixup', '--mixup'],
  ['cutmix', '--cutmix'],
] as const;

/** Refuses flags that others leave without effect. */
function refuseUnused(flags: Resolved<typeof augmentationOptions>): void {
  for (const [key, name] of extras) {
    if (flags.augment || flags[key] === undefined || flags[key] === false) continue;
    throw new Error(`${name}: got it with --no-augment, takes it without`);
  }
  if (flags.cropFill !== undefined && flags.crop === 0) {
    throw new Error('--crop-fill: got it with --crop 0, takes it with a padding');
  }
  if (flags.alternateFlip && !flags.flip) {
    throw new Error('--alternate-flip: got it with --no-flip, takes it without');
  }
}
