import { shapes10 } from '@mnet/data';

/** The data sets that are drawn, by name: what they have in common is a seed, a size and how many images a part has. */
export const drawnSets = { shapes10 };

/** The name of a data set that is drawn. */
export type DrawnSet = keyof typeof drawnSets;

/** Their names. */
export const drawnNames = Object.keys(drawnSets) as DrawnSet[];

/** Whether a data set of this name is drawn. */
export function isDrawn(name: string): name is DrawnSet {
  return Object.hasOwn(drawnSets, name);
}
