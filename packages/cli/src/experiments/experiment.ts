import type { Option } from '@mnet/core/options';
import type { FlagText } from '../flags/flag.ts';
import type { Arm } from './arm.ts';
import type { ExperimentFlags } from './experiment-flags.ts';
import type { Published } from './results.ts';

/**
 * An experiment: its flags, what it trains, and what it is held against.
 *
 * @typeParam Own flags of its own, `Resolved<typeof declared>` of what it declares
 */
export interface Experiment<Own = object> {
  /** Its folder's name, which its runs have too where the user gives them none. */
  readonly name: string;
  /** One sentence, for `--help`. */
  readonly description: string;
  /** Defaults that differ from those of `mnet train`, by key. */
  readonly defaults: Partial<ExperimentFlags & Own>;
  /**
   * Defaults that depend on what the user gives, such as on the network: of flags that nobody gave they take the place of
   * `defaults`, which `--help` shows.
   */
  readonly defaultsFor?: (flags: ExperimentFlags & Own) => Partial<ExperimentFlags & Own>;
  /** Flags that only this experiment has. */
  readonly own?: OwnDeclared<Own>;
  /**
   * What is trained, in this order, for each width and seed. As a function of the flags it may throw where they do not go
   * together; it is called before any data is loaded.
   */
  readonly arms: readonly Arm<Own>[] | ((flags: ExperimentFlags & Own) => readonly Arm<Own>[]);
  /** The arm that others of its network are held against, seed by seed. */
  readonly baseline?: string;
  /** Figures that stand beside ours in the table, where data and strides are those of the defaults. */
  readonly published?: readonly Published[];
}

/** The declared options of an experiment's own flags, and the flags. */
export interface OwnDeclared<Own> {
  readonly declared: {
    readonly fields: {
      // biome-ignore lint/suspicious/noExplicitAny: what a flag is written as is the option's own matter
      readonly [K in keyof Own]-?: Option<any, Own[K], boolean, any>;
    };
    readonly keys: readonly (keyof Own & string)[];
  };
  /** Each flag's name and description, by the key of its option. */
  readonly flags: { readonly [K in keyof Own]-?: FlagText };
  /**
   * Keys that only say which arms there are, or how their work is done, and change no training. A run may go on with others
   * of them; with all other flags of the experiment's own it goes on as it was made.
   */
  readonly choosing?: readonly (keyof Own & string)[];
}
