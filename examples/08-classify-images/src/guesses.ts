import { basename } from 'node:path';
import { textTable } from '@mnet/bench';
import { classifyPictures } from '@mnet/cli';
import type { FoundModel } from './find-models.ts';
import { trueClass } from './pictures.ts';

/** What a model takes a picture for. */
export interface Guess {
  readonly label: string;
  /** From 0 to 1. */
  readonly confidence: number;
}

/** What one model says of all pictures. */
export interface ModelGuesses {
  readonly model: string;
  readonly classes: number;
  readonly pictures: readonly {
    readonly file: string;
    /** What its name says, where the model knows such a class. */
    readonly truth?: string;
    /** The likeliest first; none where the file cannot be read. */
    readonly guesses: readonly Guess[];
    readonly error?: string;
  }[];
  /** Of the pictures whose truth is known: how many there are, and how many are told right. */
  readonly known: number;
  readonly right: number;
}

/** `results.json` */
export interface Results {
  readonly folder: string;
  readonly models: readonly ModelGuesses[];
  /** Models that were found and cannot classify, and why. */
  readonly leftOut: readonly { readonly model: string; readonly why: string }[];
}

/** Asks every model about every picture. */
export async function guessAll(
  found: readonly FoundModel[],
  files: readonly string[],
  top: number,
): Promise<ModelGuesses[]> {
  const caller = '08-classify-images';
  const models = found.map(({ model }) => model);
  const all = await classifyPictures(models, files, { top, caller });
  return found.map(({ name, classes }, i) => {
    const pictures = (all[i] ?? []).map((outcome) => {
      const truth = trueClass(outcome.file, classes);
      const guesses = 'predictions' in outcome ? outcome.predictions : [];
      return {
        file: basename(outcome.file),
        ...(truth !== undefined && { truth }),
        guesses: guesses.map(({ label, probability }) => ({ label, confidence: probability })),
        ...('error' in outcome && { error: outcome.error }),
      };
    });
    const known = pictures.filter(({ truth, error }) => truth !== undefined && error === undefined);
    const right = known.filter(({ truth, guesses }) => guesses[0]?.label === truth).length;
    return { model: name, classes: classes.length, pictures, known: known.length, right };
  });
}

/** A share of pictures for people: `12 of 20 (60.0%)`, or a dash. */
export function share({ known, right }: ModelGuesses): string {
  return known === 0 ? '–' : `${right} of ${known} (${((100 * right) / known).toFixed(1)}%)`;
}

/** A confidence for people. */
export const percent = (confidence: number): string => `${(confidence * 100).toFixed(1)}%`;

/** What is printed: a row a picture and model, then a row a model. */
export function guessText({ models, leftOut }: Results): string {
  const rows = models.flatMap(({ model, pictures }) =>
    pictures.flatMap(({ file, truth, guesses, error }) =>
      error === undefined
        ? guesses.map(({ label, confidence }, i) => [
            i === 0 ? file : '',
            i === 0 ? model : '',
            label,
            percent(confidence),
            i > 0 || truth === undefined ? '' : label === truth ? 'right' : truth,
          ])
        : [[file, model, `cannot be read: ${error}`, '', '']],
    ),
  );
  const shares = models.map((each) => [each.model, String(each.classes), share(each)]);
  return [
    textTable([['picture', 'model', 'label', 'confidence', 'truth'], ...rows]),
    textTable([['model', 'classes', 'right'], ...shares]),
    ...leftOut.map(({ model, why }) => `left out: ${model}: ${why}`),
  ].join('\n\n');
}
