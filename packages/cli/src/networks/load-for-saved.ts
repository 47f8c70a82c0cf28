import type { Splits } from '@mnet/data';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Command } from 'commander';
import { loadData } from '../data/load-data.ts';
import type { DataFlags } from '../flags/data.ts';
import { heldOutAsIn, tellOtherParts } from '../runs/data-of-run.ts';

/** A saved model, and where it lies. */
export interface SavedNetwork {
  readonly model: LayersModel;
  readonly path: string;
}

/**
 * Loads the data for saved models: pictures of the first one's size, and held out as in their runs, where these may have been
 * trained on the same; the first one's run counts most. What follows from them is kept with the command's flags.
 */
export async function loadForSaved(
  saved: readonly SavedNetwork[],
  flags: DataFlags,
  signal: AbortSignal,
  command: Command,
): Promise<Splits> {
  const followed = saved
    .toReversed()
    .map(({ path }) => heldOutAsIn(path, flags, command))
    .reduce((all, each) => ({ ...all, ...each }), {});
  for (const [key, value] of Object.entries(followed))
    command.setOptionValueWithSource(key, value, 'config');
  const own = { ...flags, ...followed };
  const [first] = saved;
  const data = await loadData(first ? { ...own, ...sizeOf(first.model, own) } : own, signal);
  for (const { path } of saved) tellOtherParts(path, own, data);
  return data;
}

/** Pictures of the size that a saved model takes, unless another one is asked for. */
export function sizeOf(model: LayersModel, { size }: Pick<DataFlags, 'size'>): { size?: number } {
  const height = size ?? model.inputs[0]?.shape[1];
  return typeof height === 'number' ? { size: height } : {};
}
