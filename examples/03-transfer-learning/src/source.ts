import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { userPath } from '@mnet/cli';
import { listModels, type ModelName, type ModelOptions } from '@mnet/models';
import { readRun, runPaths } from '@mnet/train';
import type { Flags } from './flags.ts';

/** The network of an earlier run, as that notes it. */
export interface Source {
  readonly network: ModelName;
  /** What it was made with, but for classes and seed. */
  readonly options: ModelOptions;
  readonly width: number;
}

/**
 * What the run of `--from` has trained; undefined without that flag.
 *
 * @throws if it holds no complete run of a network by name, or pictures of another size than the flags have
 */
export function sourceOf({ from, ...flags }: Flags): Source | undefined {
  if (from === undefined) return undefined;
  const dir = userPath(from);
  const refuse = (why: string): never => {
    throw new Error(`--from: got ${from}, ${why}`);
  };
  if (!existsSync(runPaths(dir).config))
    refuse('which holds no run; takes a folder such as runs/01-mobilenet-v1');
  if (!existsSync(join(runPaths(dir).model, 'model.json'))) {
    refuse('whose run is not complete: it has no model/; takes one that has ended');
  }
  const { model, dataset } = readRun(dir);
  const { network, options } = model.made ?? {};
  const name = listModels().find((each) => each === network);
  if (name === undefined) return refuse('whose network is not one of those by name');
  checkSize(flags, dataset.shape[0]);
  const { width = 1 } = options as { width?: number };
  return { network: name, options: options as ModelOptions, width };
}

/** Refuses pictures of another size than the source network has learned from. */
export function checkSize(
  { data, size = data === undefined ? 32 : 64 }: Pick<Flags, 'data' | 'size'>,
  learned: number | undefined,
): void {
  if (size === learned) return;
  throw new Error(`--size: got ${size}, takes ${learned}, as the source network has learned from`);
}
