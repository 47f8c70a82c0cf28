import { knownOptions, numberIn, oneOf, show } from '@mnet/core/check';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { modelMetadata, setModelMetadata } from './model-metadata.ts';

/**
 * How a picture of another size becomes the model's input: `cover` takes the largest centred part of it that has the
 * input's proportions, `fill` takes the whole picture and stretches it.
 */
export type ResizeFit = 'cover' | 'fill';

const resizeFits: readonly ResizeFit[] = ['cover', 'fill'];

/** What a classifier needs to be used: how pictures become its input, and what its outputs are called. */
export interface ClassifierInfo {
  /** Names of the classes in the order of the logits; absent after the classifier was replaced. */
  readonly classes?: readonly string[];
  /** Height, width and channels of the pictures that it was trained on. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Mean of each channel, in units of pixel / 255: the input is (pixel / 255 − mean) / std. */
  readonly mean: readonly number[];
  /** Standard deviation of each channel, in units of pixel / 255; above 0. */
  readonly std: readonly number[];
  /** Default `cover`. */
  readonly resize?: ResizeFit;
}

/** Largest number of values in one picture: a bound for what a file may ask for. */
const mostValues = 2 ** 26;

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
  if (typeof model?.getUserDefinedMetadata !== 'function') {
    throw new TypeError(`model: got ${show(model)}, takes a tf.LayersModel`);
  }
  knownOptions(info, ['classes', 'shape', 'mean', 'std', 'resize'], 'classifier info');
  const shape = info.shape ?? (model.inputs[0]?.shape ?? []).slice(1);
  const whole = { ...info, shape: shape as ClassifierInfo['shape'] };
  checkClassifierInfo(whole);
  checkFit(model, whole);
  setModelMetadata(model, { classifier: plain(whole) });
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
    checkClassifierInfo(value as ClassifierInfo);
    return plain(value as ClassifierInfo);
  } catch {
    return undefined;
  }
}

/** A copy of the known entries alone. */
function plain({ classes, shape, mean, std, resize }: ClassifierInfo): ClassifierInfo {
  const [height, width, channels] = shape;
  return {
    ...(classes !== undefined && { classes: [...classes] }),
    shape: [height, width, channels],
    mean: [...mean],
    std: [...std],
    ...(resize !== undefined && { resize }),
  };
}

function checkClassifierInfo(info: ClassifierInfo): void {
  const { classes, shape, mean, std, resize } = info;
  const isName = (name: unknown): boolean => typeof name === 'string';
  if (classes !== undefined && !(Array.isArray(classes) && classes.every(isName))) {
    throw new TypeError(`classes: got ${show(classes)}, takes an array of the classes' names`);
  }
  const isSize = (size: unknown): boolean => Number.isSafeInteger(size) && (size as number) >= 1;
  if (!Array.isArray(shape) || shape.length !== 3 || !shape.every(isSize)) {
    throw new TypeError(
      `shape: got ${show(shape)}, takes [height, width, channels] of whole numbers from 1`,
    );
  }
  if (shape[0] * shape[1] * shape[2] > mostValues) {
    throw new RangeError(`shape: got ${show(shape)}, takes at most ${mostValues} values`);
  }
  for (const [name, values, least] of [
    ['mean', mean, -Number.MAX_VALUE],
    ['std', std, Number.MIN_VALUE],
  ] as const) {
    if (!Array.isArray(values) || values.length !== shape[2]) {
      throw new TypeError(
        `${name}: got ${show(values)}, takes ${shape[2]} numbers, one a channel, in units of pixel / 255`,
      );
    }
    for (const value of values) numberIn(value, least, Number.MAX_VALUE, name);
  }
  if (resize !== undefined) oneOf(resize, resizeFits, 'resize');
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
