import type { Fields, Options, Takes } from '@mnet/core/options';
import { type Command, InvalidArgumentError, Option as CommandOption } from 'commander';

/** Any declared option. */
export type AnyOption = Fields[string];

/** What a flag has beside its name and its description. */
export interface FlagExtras {
  /** The key of a flag that must not be given beside it, or several. */
  readonly conflicts?: string | readonly string[];
  /** Values that completion offers where others are taken too, such as a path. */
  readonly suggestions?: readonly string[];
  /** Whether it takes a path, as completion offers them; default false. */
  readonly path?: boolean;
  /** How a run keeps the value, which may be used from another folder then; default: as it is. */
  readonly kept?: (value: string) => string;
}

/** A flag as a table writes it: `['--batch-size <n>', 'images a step']`. */
export type FlagText = readonly [flags: string, description: string, extras?: FlagExtras];

/** A flag that feeds a declared option: its check, its range and its default are the option's. */
export class Flag extends CommandOption {
  /** What it takes, also in a configuration file. */
  readonly takes: Takes<unknown>;
  readonly suggestions: readonly string[];
  /** Whether it takes a path. */
  readonly path: boolean;
  readonly #kept: (value: string) => string;
  readonly #excludes: readonly string[];

  /** @param option the declared option that the flag feeds */
  constructor(option: AnyOption, [flags, description, extras = {}]: FlagText) {
    super(flags, description);
    const takes = option.takes as Takes<unknown>;
    this.takes = takes;
    this.suggestions = extras.suggestions ?? [];
    this.path = extras.path ?? false;
    this.#kept = extras.kept ?? ((value) => value);
    this.#excludes = [extras.conflicts ?? []].flat();
    this.conflicts([...this.#excludes]);
    if (takes.choices !== undefined) this.choices(takes.choices.map(String));
    if (takes.written !== 'boolean' && !takes.choices?.every((each) => typeof each === 'string')) {
      this.argParser((text) => parse(takes, text));
    }
    if (option.fallback !== undefined) this.default(option.fallback, shown(option.fallback));
    this.makeOptionMandatory(option.required);
  }

  /** The keys of the flags that must not be given beside this one. */
  get excludes(): readonly string[] {
    return this.#excludes;
  }

  /** A value of this flag as a run keeps it. */
  keep(value: unknown): unknown {
    return typeof value === 'string' ? this.#kept(value) : value;
  }
}

/** A list as one writes it; of anything else, commander shows the value. */
function shown(fallback: unknown): string | undefined {
  return Array.isArray(fallback) ? fallback.join(',') : undefined;
}

/**
 * A flag from a declared option, so that names, ranges and defaults are not said twice.
 *
 * @param option such as `declared.fields.batchSize`
 * @param flags as commander writes them, `--batch-size <n>`; a boolean that is true by default is `--no-augment`
 */
export function flagOf(
  option: AnyOption,
  flags: string,
  description: string,
  extras?: FlagExtras,
): Flag {
  return new Flag(
    option,
    extras === undefined ? [flags, description] : [flags, description, extras],
  );
}

/** Flags by the keys of the options that they feed. */
export type FlagTable<F> = { readonly [K in keyof F]?: FlagText };

/**
 * Adds a flag for each option of a table.
 *
 * @param declared the options that the flags feed
 * @param table each flag's name and description, by the key of its option
 * @param defaults other defaults than the declared ones, by key
 * @throws Error where a flag's name is not its key's, for both stand for one value in a configuration file
 */
export function addFlags<F extends Fields>(
  command: Command,
  declared: Options<F>,
  table: FlagTable<F>,
  defaults: { readonly [K in keyof F]?: unknown } = {},
): Command {
  for (const [key, text] of Object.entries(table) as [string, FlagText][]) {
    const option = declared.fields[key] as AnyOption;
    const flag = new Flag(key in defaults ? { ...option, fallback: defaults[key] } : option, text);
    if (flag.attributeName() !== key) {
      throw new Error(`${text[0]}: its key is ${flag.attributeName()}, takes a flag of ${key}`);
    }
    command.addOption(flag);
    if (flag.takes.written === 'boolean') command.addOption(opposite(option, flag));
  }
  return command;
}

/** A switch the other way round, so that the command line can also take back what a configuration file says. */
function opposite(option: AnyOption, { long, negate }: Flag): CommandOption {
  const name = (long as string).replace(negate ? '--no-' : '--', negate ? '--' : '--no-');
  const other = new CommandOption(name).hideHelp();
  return option.fallback === undefined ? other : other.default(option.fallback);
}

const numeral = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The first reading of a text that the option takes: as it stands, as a number, or as a list parted by commas. */
function parse(takes: Takes<unknown>, text: string): unknown {
  const item = (part: string): unknown => (numeral.test(part) ? Number(part) : part);
  const parts = text.split(',').map((part) => part.trim());
  for (const reading of [text, item(text.trim()), parts, parts.map(item)]) {
    try {
      return takes.check(reading, '');
    } catch {
      // The next reading may fit.
    }
  }
  throw new InvalidArgumentError(`It takes ${takes.text}.`);
}
