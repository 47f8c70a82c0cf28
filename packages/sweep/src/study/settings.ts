import { show } from '@mnet/core/check';
import type { Config, Value } from '../config.ts';
import type { Stage } from './study.ts';

/** One run of a stage, before it has a name. */
export interface Setting {
  /** What sets it apart from others of its stage, without the seed. */
  readonly values: Readonly<Record<string, Value>>;
  /** Absent where the stage has one, which is the base's. */
  readonly seed?: number;
  /** All of its settings. */
  readonly config: Config;
}

/**
 * The runs of a stage that is no search: each of its list with each combination of its grid, each from every seed; those of one
 * setting follow each other.
 *
 * @param seedKey the key that holds the seed
 */
export function settingsOf(stage: Stage, seedKey: string): readonly Setting[] {
  const where = stage.name === '' ? 'study' : `study.stages.${stage.name}`;
  const listed = stage.list ?? [{}];
  const axes = Object.keys(stage.grid);
  for (const key of axes) {
    const twice = stage.list?.find((each) => key in each);
    if (twice) throw new TypeError(`${where}: got ${key} in grid and in list, takes it in one`);
  }
  const keys = [...new Set([...listed.flatMap((each) => Object.keys(each)), ...axes])];
  if (stage.seeds !== undefined && keys.includes(seedKey)) {
    throw new TypeError(`${where}.seeds: got it beside the axis ${seedKey}, takes one of them`);
  }
  const seeds = seedsOf(stage, seedKey, where);
  return listed.flatMap((each) =>
    combinations(stage.grid).flatMap((cell) =>
      seeds.map((seed) => {
        const config = { ...stage.base, ...each, ...cell };
        const values = Object.fromEntries(
          keys.filter((key) => key in config).map((key) => [key, config[key] as Value]),
        );
        return seed === undefined
          ? { values, config }
          : { values, seed, config: { ...config, [seedKey]: seed } };
      }),
    ),
  );
}

function seedsOf(
  { seeds, base }: Stage,
  key: string,
  where: string,
): readonly (number | undefined)[] {
  if (seeds === undefined) return [undefined];
  if (typeof seeds !== 'number') {
    if (seeds.length === 0) throw new RangeError(`${where}.seeds: got none, takes at least one`);
    if (new Set(seeds).size < seeds.length) {
      throw new RangeError(`${where}.seeds: got ${show(seeds)}, takes each seed once`);
    }
    return seeds;
  }
  const first = base[key] ?? 1;
  if (!Number.isSafeInteger(first)) {
    throw new TypeError(`${where}.base.${key}: got ${show(first)}, takes an integer`);
  }
  return Array.from({ length: seeds }, (_, i) => (first as number) + i);
}

/** Every combination of an axis's value with one of each other; the last axis changes first. */
function combinations(grid: Stage['grid']): Config[] {
  return Object.entries(grid).reduce<Config[]>(
    (cells, [key, values]) =>
      cells.flatMap((cell) => values.map((value) => ({ ...cell, [key]: value }))),
    [{}],
  );
}
