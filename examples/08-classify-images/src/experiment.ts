import { fileURLToPath } from 'node:url';
import { type Measurement, useBackend, userPath } from '@mnet/cli';
import { loadModels, modelFolders, nameOf } from './find-models.ts';
import { type ClassifyFlags, own } from './flags.ts';
import { guessAll, guessText, type Results } from './guesses.ts';
import { guessPage } from './page.ts';
import { picturesIn, thumbnail } from './pictures.ts';

/** The model that is in this folder. */
const ownFolder = fileURLToPath(new URL('../model', import.meta.url));

/** What pictures of any size show, as every trained model sees it. */
export const experiment: Measurement<ClassifyFlags> = {
  name: '08-classify-images',
  description:
    'Every trained model in --runs, and the one that is in this folder, says what the pictures of a folder show.',
  own,
  async measure({ pictures, models, ownModel, top, backend, threads, runs: folder }, { signal }) {
    const files = picturesIn(userPath(pictures), '--pictures');
    await useBackend(backend, threads);
    const runs = userPath(folder);
    const leftOut: Results['leftOut'][number][] = [];
    const found = await loadModels(
      [
        ...(ownModel ? [{ name: 'in this folder', path: ownFolder }] : []),
        ...models.map((path) => ({ name: path, path })),
        ...modelFolders(runs).map((path) => ({ name: nameOf(path, runs), path })),
      ],
      (model, why) => leftOut.push({ model, why }),
    );
    signal.throwIfAborted();
    if (found.length === 0) {
      const why = leftOut.map((each) => `${each.model}: ${each.why}`).join('; ');
      throw new Error(
        `--runs ${folder}: no trained model was found${why && `; ${why}`}; train one with mnet train, or name one with --models`,
      );
    }
    const results = { folder: pictures, models: await guessAll(found, files, top), leftOut };
    for (const { model } of found) model.dispose();
    const thumbnails = await Promise.all(files.map(thumbnail));
    return { results, text: guessText(results), page: guessPage(results, thumbnails) };
  },
};
