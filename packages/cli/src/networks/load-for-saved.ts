import type { Splits } from '@mnet/data';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Command } from 'commander';
import { loadData } from '../data/load-data.ts';
import { isDefault } from '../flags/config-file.ts';
import { checkedData, type DataFlags } from '../flags/data.ts';
import { type HeldOut, heldOutAsIn, tellOtherParts } from '../runs/data-of-run.ts';
import { keptFlags } from '../runs/kept-flags.ts';

/** A saved model, and where it lies. */
export interface SavedNetwork {
  readonly model: LayersModel;
  readonly path: string;
}

/**
 * Loads the data for saved models: pictures of the first one's size, and held out as in their runs, where these may have been
 * trained on the same; the first one's run counts most. What follows from them is kept with the command's flags.
 *
 * @param goesOn the folder of the run where it goes on: what it has held out stays so
 */
export async function loadForSaved(
  saved: readonly SavedNetwork[],
  flags: DataFlags,
  signal: AbortSignal,
  command: Command,
  goesOn?: string,
): Promise<Splits> {
  const isOpen = (key: keyof HeldOut): boolean => isDefault(command, key);
  const before = goesOn === undefined ? undefined : keptFlags(goesOn);
  const followed = before
    ? openOf(checkedData(before), isOpen)
    : heldOutAsInAll(
        saved.map(({ path }) => path),
        flags,
        isOpen,
      );
  for (const [key, value] of Object.entries(followed))
    command.setOptionValueWithSource(key, value, 'config');
  const own = { ...flags, ...followed };
  const [first] = saved;
  const data = await loadData(first ? { ...own, ...sizeOf(first.model, own) } : own, signal);
  for (const { path } of saved) tellOtherParts(path, own, data);
  return data;
}

/** {@link heldOutAsIn} of several runs, of which the first one counts most. */
export function heldOutAsInAll(
  paths: readonly string[],
  flags: DataFlags,
  isOpen: (key: keyof HeldOut) => boolean,
): HeldOut {
  const each = paths.toReversed().map((path) => heldOutAsIn(path, flags, isOpen));
  return each.reduce((all, one) => ({ ...all, ...one }), {});
}

function openOf(
  { dataSeed, validation, test }: DataFlags,
  isOpen: (key: keyof HeldOut) => boolean,
): HeldOut {
  const kept = Object.entries({ dataSeed, validation, test });
  return Object.fromEntries(
    kept.filter(([key, value]) => value !== undefined && isOpen(key as keyof HeldOut)),
  );
}

/** Pictures of the size that a saved model takes, unless another one is asked for. */
export function sizeOf(model: LayersModel, { size }: Pick<DataFlags, 'size'>): { size?: number } {
  const height = size ?? model.inputs[0]?.shape[1];
  return typeof height === 'number' ? { size: height } : {};
}
