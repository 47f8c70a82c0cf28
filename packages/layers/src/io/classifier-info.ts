import { knownOptions, show } from '@mnet/core/check';
import {
  choice,
  custom,
  type Given,
  number,
  optional,
  options,
  required,
  resolve,
  type Takes,
  unfit,
} from '@mnet/core/options';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkModel } from '../check-model.ts';
import { modelMetadata, setModelMetadata } from './model-metadata.ts';

/**
 * How a picture of another size becomes the model's input: `cover` takes the largest centred part of it that has the
 * input's proportions, `fill` takes the whole picture and stretches it.
 */
export type ResizeFit = 'cover' | 'fill';

/** Largest number of values in one picture: a bound for what a file may ask for. */
const mostValues = 2 ** 26;

const shapeWords = '[height, width, channels] of whole numbers from 1';
const pictureShape: Takes<readonly [height: number, width: number, channels: number]> = {
  text: shapeWords,
  check(value, argument) {
    const isSize = (size: unknown): boolean => Number.isSafeInteger(size) && (size as number) >= 1;
    if (!Array.isArray(value) || value.length !== 3 || !value.every(isSize)) {
      throw unfit(value, shapeWords, argument);
    }
    const [height, width, channels] = value as [number, number, number];
    if (height * width * channels > mostValues) {
      throw new RangeError(`${argument}: got ${show(value)}, takes at most ${mostValues} values`);
    }
    return [height, width, channels];
  },
};

/** How often a number stands is checked with the shape. */
function oneAChannel(each: Takes<number>): Takes<readonly number[]> {
  const words = 'numbers, one a channel, in units of pixel / 255';
  return {
    text: words,
    check(value, argument) {
      if (!Array.isArray(value)) throw unfit(value, words, argument);
      return value.map((item) => each.check(item, argument));
    },
  };
}

const infoOptions = options({
  /** Names of the classes in the order of the logits; absent after the classifier was replaced. */
  classes: optional(
    custom<readonly string[]>("an array of the classes' names", (value) => {
      return Array.isArray(value) && value.every((name) => typeof name === 'string');
    }),
  ),
  /** Height, width and channels of the pictures that it was trained on. */
  shape: required(pictureShape),
  /** Mean of each channel, in units of pixel / 255: the input is (pixel / 255 − mean) / std. */
  mean: required(oneAChannel(number())),
  /** Standard deviation of each channel, in units of pixel / 255; above 0. */
  std: required(oneAChannel(number({ above: 0 }))),
  /** Default `cover`. */
  resize: optional(choice<ResizeFit>(['cover', 'fill'])),
});

/** What a classifier needs to be used: how pictures become its input, and what its outputs are called. */
export interface ClassifierInfo extends Given<typeof infoOptions> {}

/**
 * Notes on a model how it is used as a classifier. `save` writes it into `model.json`, as `mnet.classifier` of the
 * user-defined metadata, and loading brings it back. `train` of `@mnet/train` does this by itself.
 *
 * @param info `shape` may be left out where the model's input has a known size
 * @throws if an entry is unknown or wrong, or does not fit the model's input and output, naming it
 */
export function setClassifierInfo(
  model: LayersModel,
  info: Omit<ClassifierInfo, 'shape'> & Partial<Pick<ClassifierInfo, 'shape'>>,
): void {
  checkModel(model);
  knownOptions(info, infoOptions.keys, 'classifier info');
  const shape = info.shape ?? (model.inputs[0]?.shape ?? []).slice(1);
  const whole = resolveInfo({ ...info, shape });
  checkFit(model, whole);
  setModelMetadata(model, { classifier: whole });
}

/**
 * What {@link setClassifierInfo} noted on the model, also after saving and loading; undefined where nothing is noted,
 * or something that is not sound.
 */
export function classifierInfo(model: LayersModel): ClassifierInfo | undefined {
  const info = parseClassifierInfo(modelMetadata(model)['classifier']);
  if (info === undefined) return undefined;
  try {
    checkFit(model, info);
  } catch {
    return undefined;
  }
  return info;
}

/**
 * A value that may be anything as a classifier's info; undefined where it is not a sound one. Entries that are not known
 * may be of a later version, and are left out.
 */
export function parseClassifierInfo(value: unknown): ClassifierInfo | undefined {
  try {
    const entries = value as Record<string, unknown>;
    return resolveInfo(Object.fromEntries(infoOptions.keys.map((key) => [key, entries[key]])));
  } catch {
    return undefined;
  }
}

/** A copy that is checked, without entries that are undefined. */
function resolveInfo(given: object): ClassifierInfo {
  const { classes, shape, mean, std, resize } = resolve(infoOptions, given, 'classifier info');
  for (const [name, values] of Object.entries({ mean, std })) {
    if (values.length === shape[2]) continue;
    throw new TypeError(
      `${name}: got ${show(values)}, takes ${shape[2]} numbers, one a channel, in units of pixel / 255`,
    );
  }
  return {
    ...(classes !== undefined && { classes: [...classes] }),
    shape,
    mean,
    std,
    ...(resize !== undefined && { resize }),
  };
}

/** Checks that the entries are of this model's input and output. */
function checkFit(model: LayersModel, { classes, shape }: ClassifierInfo): void {
  const input = (model.inputs[0]?.shape ?? []).slice(1);
  const fits =
    model.inputs.length === 1 &&
    input.length === 3 &&
    input.every((size, i) => size === null || size === shape[i]);
  if (!fits) {
    throw new RangeError(
      `shape: got [${shape.join(', ')}], takes [${input.map((size) => size ?? 'any').join(', ')}], the input of '${model.name}'`,
    );
  }
  const widths = model.outputs.filter((output) => output.shape.length === 2).map((o) => o.shape[1]);
  if (classes !== undefined && !widths.includes(classes.length)) {
    throw new RangeError(
      `classes: got ${classes.length} names, takes ${widths.join(' or ') || 'none'}, one for each logit of '${model.name}'`,
    );
  }
}
