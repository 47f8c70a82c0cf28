import { knownOptions } from '../check/check.ts';
import { type Takes, unfit } from './takes.ts';

/** One option: what it takes, and what stands for it where it is left out. */
export interface Option<In, Out, Required extends boolean, Fallback> {
  readonly takes: Takes<In, Out>;
  readonly required: Required;
  /** Its default; undefined: none. */
  readonly fallback: Fallback;
}

// biome-ignore lint/suspicious/noExplicitAny: a type parameter's bound
type AnyOption = Option<any, any, boolean, any>;
/** Options by name. */
export type Fields = Readonly<Record<string, AnyOption>>;

type RequiredKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends { required: true } ? K : never;
}[keyof F];
type InOf<O> = O extends { takes: Takes<infer In, infer _Out> } ? In : never;
type OutOf<O> = O extends { takes: Takes<infer _In, infer Out>; fallback: infer Fallback }
  ? O extends { required: true }
    ? Out
    : Out | Fallback
  : never;
type Flat<T> = { [K in keyof T]: T[K] };

/** The object that a caller writes for declared options. */
export type Given<O> =
  O extends Options<infer F>
    ? Flat<
        { readonly [K in keyof F as K extends RequiredKeys<F> ? K : never]: InOf<F[K]> } & {
          readonly [K in keyof F as K extends RequiredKeys<F> ? never : K]?: InOf<F[K]>;
        }
      >
    : never;

/** The object with every default filled in; undefined stands for what has none and was left out. */
export type Resolved<O> =
  O extends Options<infer F> ? { readonly [K in keyof F]: OutOf<F[K]> } : never;

/** Options that a function takes: their names, checks, defaults and types, said once. */
export interface Options<F extends Fields> {
  readonly fields: F;
  /** Their names. */
  readonly keys: readonly (keyof F & string)[];
}

/** An option that must be given. */
export function required<In, Out>(takes: Takes<In, Out>): Option<In, Out, true, undefined> {
  return { takes, required: true, fallback: undefined };
}

/** An option that may be left out, and what stands for it then. */
export function optional<In, Out>(takes: Takes<In, Out>): Option<In, Out, false, undefined>;
// A type of its own for the fallback: `Out` is what is taken, and not what stands for it.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export function optional<In, Out, const Fallback extends Out>(
  takes: Takes<In, Out>,
  fallback: Fallback,
): Option<In, Out, false, Out>;
export function optional<In, Out>(
  takes: Takes<In, Out>,
  fallback?: Out,
): Option<In, Out, false, Out | undefined> {
  return { takes, required: false, fallback };
}

/** Declares options. Their docstrings stand at the fields. */
export function options<const F extends Fields>(fields: F): Options<F> {
  return { fields, keys: Object.keys(fields) };
}

/**
 * Checks what a caller gave and fills in the defaults. A key that is undefined counts as left out.
 *
 * @param where names the object in errors about unknown options
 * @param prefix goes before the names of options in errors, such as `augment.`
 * @throws TypeError or RangeError for an unknown option, a missing one, or a value that an option does not take
 */
export function resolve<F extends Fields>(
  declared: Options<F>,
  given: unknown,
  where: string,
  prefix = '',
): Resolved<Options<F>> {
  knownOptions(given, declared.keys, where);
  const entries = declared.keys.map((key) => {
    const { takes, required: must, fallback } = declared.fields[key] as AnyOption;
    const value = (given as Record<string, unknown>)[key];
    if (value !== undefined) return [key, takes.check(value, prefix + key)];
    if (must) throw unfit(undefined, takes.text, prefix + key);
    return [key, fallback];
  });
  return Object.fromEntries(entries) as Resolved<Options<F>>;
}

/**
 * What is declared, of an object that may hold more: `pick(shared, settings)`.
 *
 * @returns a new object with those of its keys that `declared` has
 */
export function pick<F extends Fields, T extends object>(
  declared: Options<F>,
  from: T,
): Pick<T, keyof T & keyof F> {
  const entries = Object.entries(from).filter(([key]) => key in declared.fields);
  return Object.fromEntries(entries) as Pick<T, keyof T & keyof F>;
}

/** Options within an option, such as `augment: { crop: { padding: 4 } }`. */
export function nested<F extends Fields>(
  declared: Options<F>,
): Takes<Given<Options<F>>, Resolved<Options<F>>> {
  return {
    text: `an object with ${declared.keys.join(', ')}`,
    check: (value, argument) => resolve(declared, value, argument, `${argument}.`),
  };
}
