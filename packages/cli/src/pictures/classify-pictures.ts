import { type PictureDecoder, pictureDecoder } from '@mnet/data/folder';
import { classify, type Prediction } from '@mnet/models';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { userPath } from '../program/user-path.ts';

/** What came of one file: what the model takes it for, or why it could not be read. */
export type Guessed =
  | { readonly file: string; readonly predictions: readonly Prediction[] }
  | { readonly file: string; readonly error: string };

/** Pixels of a file, or why it could not be read. */
type Read = Awaited<ReturnType<PictureDecoder>> | Error;

/**
 * Says what pictures of any size show. Each file is decoded once, whatever the number of models.
 *
 * @param models with the names of their classes, as `train` leaves them
 * @param files JPEG, PNG or WebP pictures, by paths as the user writes them
 * @param options `top`: how many of the classes, the likeliest first; `caller`: names who needs sharp, for the error's text
 * @returns by model, by file
 * @throws where sharp is not installed, or a model does not say what its classes are
 */
export async function classifyPictures(
  models: readonly LayersModel[],
  files: readonly string[],
  options: { readonly top: number; readonly caller: string },
): Promise<Guessed[][]> {
  const { top, caller } = options;
  const decode = await pictureDecoder(caller);
  const guesses: Guessed[][] = models.map(() => []);
  for (const file of files) {
    const pixels: Read = await decode(userPath(file)).catch((error: unknown) => error as Error);
    for (const [i, model] of models.entries()) {
      guesses[i]?.push(
        pixels instanceof Error
          ? { file, error: pixels.message.replaceAll(/\s*\n\s*/g, ' ') }
          : { file, predictions: await classify(model, pixels, { top }) },
      );
    }
  }
  return guesses;
}
