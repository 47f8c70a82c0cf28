import { type Takes, unfit } from '@mnet/core/options';

/** Two numbers, the lower bound and the upper, each taken by `each`. */
export function range(each: Takes<number>): Takes<readonly [min: number, max: number]> {
  const words = `[min, max], each ${each.text}, the first at most the second`;
  return {
    text: words,
    check: (value, argument) => {
      if (!Array.isArray(value) || value.length !== 2) throw unfit(value, words, argument);
      const [min, max] = value.map((bound, i) => each.check(bound, `${argument}[${i}]`));
      if ((min as number) > (max as number)) throw unfit(value, words, argument);
      return [min as number, max as number];
    },
  };
}
