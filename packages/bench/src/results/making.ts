import { count } from '../page/format.ts';
import type { AnyResult } from './any-result.ts';
import { networkOf } from './network.ts';
import { several } from './several.ts';

/** One thing that results say of how a network was made, beside its width. */
export interface Making {
  /** What a table calls it. */
  readonly header: string;
  /** Its value; undefined where the result does not say. */
  readonly value: (result: AnyResult) => string | undefined;
  /** The value where a command's flags say nothing. */
  readonly usual: string;
  /** The value as it stands in a name. */
  readonly words: (value: string) => string;
}

const making: readonly Making[] = [
  {
    header: 'Pixels',
    value: ({ size }) => (size == null ? undefined : `${size}×${size}`),
    usual: '32×32',
    words: (value) => value,
  },
  {
    header: 'Classes',
    value: ({ classes }) => (classes == null ? undefined : count(classes)),
    usual: '10',
    words: (value) => `${value} classes`,
  },
  {
    header: 'Strides',
    value: ({ strides }) =>
      strides == null
        ? undefined
        : [strides]
            .flat()
            .map((each) => each ?? '–')
            .join(' '),
    usual: 'paper',
    words: (value) => `strides ${value}`,
  },
];

/** In what results differ by their networks' making: two say otherwise, or of one network's one says it and another does not. */
export function differingMaking(results: readonly AnyResult[]): Making[] {
  return making.filter(
    ({ value }) =>
      several(results.map(value).filter((each) => each !== undefined)) ||
      isPartlySaid(results, value),
  );
}

function isPartlySaid(results: readonly AnyResult[], value: Making['value']): boolean {
  const found = new Map<string, string | undefined>();
  return results.some((result) => {
    const network = `${result.kind} ${networkOf(result)}`;
    if (found.has(network)) return found.get(network) !== value(result);
    found.set(network, value(result));
    return false;
  });
}

/** What a name says of a network's making beside these results: nothing where they do not differ. */
export function makingWords(results: readonly AnyResult[]): (result: AnyResult) => string[] {
  const told = differingMaking(results);
  return (result) => wordsOf(result, told);
}

/** What a name says of a network's making whatever stands beside it: what is not as usual. */
export function unusualMaking(result: AnyResult): string[] {
  const told = making.filter(({ value, usual }) => value(result) !== usual);
  return wordsOf(result, told);
}

function wordsOf(result: AnyResult, told: readonly Making[]): string[] {
  return told.flatMap(({ value, words }) => {
    const known = value(result);
    return known === undefined ? [] : [words(known)];
  });
}
