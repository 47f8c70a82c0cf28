import type { Config } from '../config.ts';

/** What makes a run of a config: a command of `mnet`, or a function of the user's own, as a process. */
export interface Program {
  /** Such as `train`; a study names it. */
  readonly name: string;
  /**
   * The whole paths of what a run of this config reads, by the keys that it stands for: a folder of pictures, weights, a teacher's run. On
   * another machine the config gets the path of the same content there.
   *
   * @param open keys that a search sets: what depends on one that the config lacks is not known yet, and left out
   * @throws Error that names the key of what is not there
   */
  inputs(config: Config, open?: readonly string[]): Readonly<Record<string, string>>;
  /**
   * Settings that a run of this config takes from what it reads where the config leaves them open, such as which pictures a
   * teacher's run has held out: decided here, they are the same on every machine. Absent: there are none.
   *
   * @param open keys that a search sets
   */
  follows?(config: Config, open?: readonly string[]): Config;
  /** The key that holds the seed. */
  readonly seed: string;
  /**
   * Checks a config before anything is begun.
   *
   * @throws Error that names the key and what it takes
   */
  check(config: Config): void;
  /**
   * How the process of one run is started. It has an IPC channel, and `MNET_ENDS_WITH_PARENT=1` in its environment: when that
   * channel closes, its parent is gone, and it is to stop.
   */
  command(run: RunOrder & { readonly configFile: string }): CommandLine;
}

/** One run to be made, or gone on with. */
export interface RunOrder {
  readonly config: Config;
  /** The run's folder; what an earlier process has left in it is gone on with. */
  readonly folder: string;
  /** Threads that compute. */
  readonly threads: number;
  /** The run pauses, with its files whole, when this epoch (from 1) is done; absent: it goes to its end. */
  readonly untilEpoch?: number;
  /** Whether a run that another build began is gone on with all the same; its end then has the bits of neither. */
  readonly anyBuild?: boolean;
}

/** A process to be started, without a shell. */
export interface CommandLine {
  readonly file: string;
  readonly args: readonly string[];
  /** Beside the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}
