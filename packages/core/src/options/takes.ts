import {
  aboveWords,
  belowWords,
  booleanValue,
  integerIn,
  integerWords,
  numberAbove,
  numberBelow,
  numberIn,
  numberWords,
  oneOf,
  show,
} from '../check/check.ts';

/** What a value may be: how it is checked, and what errors and help texts say of it. */
export interface Takes<In, Out = In> {
  /** What it takes, as in `got 0, takes a whole number from 1`. */
  readonly text: string;
  /**
   * Gives the value, with what it leaves out filled in.
   *
   * @param argument names it in the error
   * @throws TypeError or RangeError unless it is one of those that are taken
   */
  readonly check: (value: unknown, argument: string) => Out;
  /** What it may be one of, where it is a list. */
  readonly choices?: readonly (string | number)[];
  /** How a command line writes it; absent where it cannot. */
  readonly written?: 'number' | 'boolean' | 'string' | 'list';
  /** Of types alone; never there. */
  readonly given?: In;
}

/** Bounds of a number, both inclusive. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** Bounds of a number that may leave out one of them. */
export interface OpenRange extends Range {
  /** Instead of `min`: the number must be greater than this. */
  readonly above?: number;
  /** Instead of `max`: the number must be less than this. */
  readonly below?: number;
}

/** A safe integer. */
export function integer({ min = Number.MIN_SAFE_INTEGER, max }: Range = {}): Takes<number> {
  const upTo = max ?? Number.MAX_SAFE_INTEGER;
  return {
    text: integerWords(min, upTo),
    check: (value, argument) => {
      integerIn(value, min, upTo, argument);
      return value;
    },
    written: 'number',
  };
}

/** A finite number. */
export function number({
  min = -Number.MAX_VALUE,
  max = Number.MAX_VALUE,
  above,
  below,
}: OpenRange = {}): Takes<number> {
  if (above !== undefined) {
    return numberBy(aboveWords(above, max), (value, argument) =>
      numberAbove(value, above, max, argument),
    );
  }
  if (below !== undefined) {
    return numberBy(belowWords(min, below), (value, argument) =>
      numberBelow(value, min, below, argument),
    );
  }
  return numberBy(numberWords(min, max), (value, argument) => numberIn(value, min, max, argument));
}

function numberBy(
  words: string,
  checkNumber: (value: unknown, argument: string) => void,
): Takes<number> {
  return {
    text: words,
    check: (value, argument) => {
      checkNumber(value, argument);
      return value as number;
    },
    written: 'number',
  };
}

/** `true` or `false`. */
export function boolean(): Takes<boolean> {
  return {
    text: 'true or false',
    check: (value, argument) => {
      booleanValue(value, argument);
      return value;
    },
    written: 'boolean',
  };
}

/** One of a few words or numbers. */
export function choice<const T extends string | number>(choices: readonly T[]): Takes<T> {
  return {
    text: `one of ${choices.map(show).join(', ')}`,
    check: (value, argument) => {
      oneOf(value, choices, argument);
      return value;
    },
    choices,
    written: choices.some((each) => typeof each === 'number') ? 'number' : 'string',
  };
}

/** A text that is not empty. */
export function text(words = 'a text'): Takes<string> {
  return {
    text: words,
    check: (value, argument) => {
      if (typeof value !== 'string' || value === '') throw unfit(value, words, argument);
      return value;
    },
    written: 'string',
  };
}

/**
 * A function; what it is called with is not checked.
 *
 * @typeParam F its signature
 */
export function callable<F extends (...args: never[]) => unknown>(words = 'a function'): Takes<F> {
  return {
    text: words,
    check: (value, argument) => {
      if (typeof value !== 'function') throw unfit(value, words, argument);
      return value as F;
    },
  };
}

/** What `accepts` says yes to. */
export function custom<T>(words: string, accepts: (value: unknown) => boolean): Takes<T> {
  return {
    text: words,
    check: (value, argument) => {
      if (!accepts(value)) throw unfit(value, words, argument);
      return value as T;
    },
  };
}

/** An array, each of whose values is taken by `each`. */
export function list<In, Out>(
  each: Takes<In, Out>,
  words = `an array, each ${each.text}`,
): Takes<readonly In[], readonly Out[]> {
  return {
    text: words,
    check: (value, argument) => {
      if (!Array.isArray(value)) throw unfit(value, words, argument);
      return value.map((item, i) => each.check(item, `${argument}[${i}]`));
    },
    written: 'list',
  };
}

/** What `first` takes, else what `second` does; errors are those of `second`, of what both take. */
export function either<A, AOut, B, BOut>(
  first: Takes<A, AOut>,
  second: Takes<B, BOut>,
): Takes<A | B, AOut | BOut> {
  const words = `${first.text}, or ${second.text}`;
  return {
    text: words,
    check: (value, argument) => {
      for (const takes of [first, second]) {
        try {
          return takes.check(value, argument);
        } catch {
          // The next one may take it.
        }
      }
      throw unfit(value, words, argument);
    },
  };
}

/** The error for a value that is not taken. */
export function unfit(value: unknown, words: string, argument: string): TypeError {
  return new TypeError(`${argument}: got ${show(value)}, takes ${words}`);
}
