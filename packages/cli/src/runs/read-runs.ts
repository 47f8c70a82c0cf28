import { existsSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { ReportRun } from '@mnet/bench';
import { readRun, runPaths } from '@mnet/train';
import { userPath } from '../program/user-path.ts';

/** A run of a folder. */
export interface FolderRun {
  /** Where it is, whole. */
  readonly folder: string;
  /** Its record under the name by which the others of the list are told apart. */
  readonly run: ReportRun;
}

/**
 * The runs of folders, each by its folder's name, or by its path where names are alike. A folder that holds no run but
 * folders of runs, as an experiment's does, stands for all of those.
 *
 * @throws for a folder that holds none, and one that is named twice.
 */
export function readRuns(paths: readonly string[]): FolderRun[] {
  const folders = paths.map(userPath).flatMap(runFoldersIn);
  if (new Set(folders).size < folders.length) {
    throw new Error(`runs: got ${paths.join(', ')}, takes each folder once`);
  }
  const names = folders.map((folder) => basename(folder));
  return folders.map((folder, i) => {
    const own = names[i] as string;
    const unique = names.indexOf(own) === names.lastIndexOf(own);
    return { folder, run: { ...readRun(folder), name: unique ? own : relative('.', folder) } };
  });
}

/** The folder itself where it holds a run or nothing does; else those within it that do. */
function runFoldersIn(folder: string): string[] {
  if (holdsRun(folder)) return [folder];
  const within = foldersIn(folder).filter(holdsRun);
  return within.length === 0 ? [folder] : within;
}

function holdsRun(folder: string): boolean {
  return existsSync(runPaths(folder).config);
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name))
      .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  } catch {
    // What cannot be listed holds no run, which reading it says better.
    return [];
  }
}
