import { checkModel, type ClassifierInfo, classifierInfo } from '@mnet/layers';
import { type Given, integer, optional, options, resolve } from '@mnet/core/options';
import { type Box, coverBox, resample } from '@mnet/core/resample';
import { softmax, type Tensor, tensor4d, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { givesProbabilities } from './output-activation.ts';
import { channelOf, type Picture, type Pixels, readPicture } from './pixels.ts';

const classifyOptions = options({
  /** How many of the classes, the likeliest ones; at least 1, default all. */
  top: optional(integer({ min: 1 })),
});

/** What {@link classify} gives. */
export interface ClassifyOptions extends Given<typeof classifyOptions> {}

/** One class and how likely the model takes it to be. */
export interface Prediction {
  /** The class's name. */
  readonly label: string;
  /** Its place among the model's outputs. */
  readonly index: number;
  /** From 0 to 1; all classes' sum to 1. */
  readonly probability: number;
}

/** What a classifier needs, all of it. */
type WholeInfo = ClassifierInfo & Required<Pick<ClassifierInfo, 'classes'>>;

/**
 * Says what a picture shows, with the class names, the size, the mean and the deviation that the model carries: see
 * `setClassifierInfo`, which `train` calls.
 *
 * A picture of another size is cut to the largest centred part of the input's proportions (`resize: 'cover'`), or taken
 * whole (`'fill'`), and resampled bilinearly, with antialiasing where it shrinks. One of the input's size is taken as it
 * is. Each value then is (value / 255 − mean) / std.
 *
 * @param model its output is logits or a softmax, also where a nested model makes it
 * @param pixels bytes with their width, height and channels, such as a canvas's `ImageData`, or a tensor [height, width,
 *   channels] of values from 0 to 255. Grey pictures serve models of colour and the other way round; alpha is not
 *   looked at.
 * @returns the classes, the likeliest first
 * @throws if the picture is not sound, the model does not carry what is needed, or it ends in a sigmoid
 */
export async function classify(
  model: LayersModel,
  pixels: Pixels | Tensor,
  given: ClassifyOptions = {},
): Promise<Prediction[]> {
  const { top } = resolve(classifyOptions, given, 'classify');
  const info = wholeInfo(model);
  const picture = await readPicture(pixels);
  const input = modelInput(picture, info);
  const isSoftmax = givesProbabilities(model);
  const output = tidy(() => {
    const logits = model.predict(tensor4d(input, [1, ...info.shape])) as Tensor;
    return isSoftmax ? logits.clone() : softmax(logits);
  });
  const probabilities = await output.data<'float32'>();
  output.dispose();
  const predictions = info.classes.map((label, index) => ({
    label,
    index,
    probability: probabilities[index] as number,
  }));
  return predictions.toSorted((a, b) => b.probability - a.probability).slice(0, top);
}

/** What the model carries, with the size of pictures where its input leaves it open. */
function wholeInfo(model: LayersModel): WholeInfo {
  checkModel(model);
  const info = classifierInfo(model);
  const what = !info
    ? 'how pictures become its input'
    : !info.classes
      ? 'what its classes are'
      : '';
  if (what || !info?.classes) {
    throw new Error(
      `model: '${model.name}' does not say ${what}; write setClassifierInfo(model, { classes: ['cat', …], mean: [0.5, …], std: [0.25, …] }) once and save it, or train it with train(), which does`,
    );
  }
  const { shape } = model.outputs[0] ?? { shape: [] };
  if (model.outputs.length !== 1 || shape[1] !== info.classes.length) {
    throw new TypeError(
      `model: got '${model.name}' with ${model.outputs.length} outputs, the first [${shape.join(', ')}]; takes one of [batch, ${info.classes.length}]`,
    );
  }
  if (info.shape[2] !== 1 && info.shape[2] !== 3) {
    throw new TypeError(`model: its pictures have ${info.shape[2]} channels, takes 1 or 3`);
  }
  return { ...info, classes: info.classes };
}

/** The values of the model's input, [height, width, channels]. */
function modelInput(picture: Picture, info: ClassifierInfo): Float32Array {
  const [height, width, channels] = info.shape;
  const same = picture.height === height && picture.width === width;
  const box = boxOf(picture, info);
  const input = new Float32Array(height * width * channels);
  for (let c = 0; c < channels; c++) {
    const plane = channelOf(picture, c, channels);
    const [mean, std] = [info.mean[c] as number, info.std[c] as number];
    const shown = same
      ? plane
      : resample(plane, [picture.height, picture.width, 1], box, [height, width]);
    shown.forEach((value, pixel) => {
      input[pixel * channels + c] = (value / 255 - mean) / std;
    });
  }
  return input;
}

/** The part of a picture that the model is shown. */
function boxOf(
  picture: Picture,
  { shape: [height, width], resize = 'cover' }: ClassifierInfo,
): Box {
  const whole = (length: number) => ({ start: 0, length });
  return resize === 'fill'
    ? { rows: whole(picture.height), columns: whole(picture.width) }
    : coverBox([picture.height, picture.width], [height, width]);
}
