import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { savedModel } from '@mnet/cli';
import { classifierInfo } from '@mnet/layers';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** A trained model that can classify. */
export interface FoundModel {
  /** What it is called in tables: its run's folder, or its path. */
  readonly name: string;
  readonly model: LayersModel;
  /** Names of its classes. */
  readonly classes: readonly string[];
}

/** The folders below `dir` that hold a `model.json`, in the order of their names. What is hidden is left out. */
export function modelFolders(dir: string): string[] {
  if (!existsSync(dir)) return [];
  const entries = readdirSync(dir, { withFileTypes: true });
  const below = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => join(dir, name))
    .toSorted();
  const here = entries.some(({ name }) => name === 'model.json') ? [dir] : [];
  return [...here, ...below.flatMap(modelFolders)];
}

/** What a model is called: the folder of its run, from `runs` on. */
export function nameOf(folder: string, runs: string): string {
  const run = basename(folder) === 'model' ? dirname(folder) : folder;
  const within = relative(runs, run);
  return within === '' || within.startsWith('..') ? run : within;
}

/**
 * Loads models.
 *
 * @param skip is told of one that cannot classify, and why
 */
export async function loadModels(
  named: readonly { readonly name: string; readonly path: string }[],
  skip: (name: string, why: string) => void,
): Promise<FoundModel[]> {
  const found: FoundModel[] = [];
  for (const { name, path } of named) {
    try {
      const model = await savedModel(path, 'model');
      const { classes } = classifierInfo(model) ?? {};
      if (classes === undefined) {
        model.dispose();
        skip(name, 'does not say what its classes are');
      } else {
        found.push({ name, model, classes });
      }
    } catch (error) {
      skip(name, (error as Error).message);
    }
  }
  return found;
}
