import { nodeModules } from '@mnet/core/files';
import { readConfig, type StoredConfig } from './config-file.ts';
import { LineTail } from './line-tail.ts';
import { isHeldFolder } from './lock.ts';
import { LogLines } from './log.ts';
import { type RunPaths, runPaths } from './run-paths.ts';
import type { EpochRecord, RunRecord, StepRecord } from './run-record.ts';
import { recordOf } from './record-of.ts';

/** A run folder that is read again and again, also while another process writes to it: each time only what is new. */
export interface FollowedRun {
  readonly dir: string;
  /**
   * Reads what the folder has new. Nothing is written, and no lock is taken.
   *
   * @returns whether there was anything new
   * @throws as `readRun` does; `record` then is what was read up to there, and a later call tries again.
   */
  read(): boolean;
  /** What was read so far, as `readRun` gives it, without `details`; absent before a first `config.json` was. */
  readonly record: RunRecord | undefined;
  /**
   * Counts up where what was read before may no longer stand: at another run in this folder, and at each start and
   * resumption of the same one. Otherwise the lists of `record` only grow.
   */
  readonly generation: number;
  /** Whether a training has the folder open: false of a run that was killed. */
  isHeld(): boolean;
  /** When a record was logged, in milliseconds since 1970. */
  timeOf(record: EpochRecord | StepRecord): number | undefined;
}

/**
 * Follows a run, of which `readRun` reads the whole each time.
 *
 * @param dir a folder, also one that is not there yet
 */
export function followRun(dir: string): FollowedRun {
  return new RunFollower(dir);
}

class RunFollower implements FollowedRun {
  readonly dir: string;
  readonly #paths: RunPaths;
  #tail: LineTail;
  #config: StoredConfig | undefined;
  /** What of `config.json` tells whether it is the one that was read. */
  #configSeen = '';
  #lines: LogLines | undefined;
  #restarts = 0;
  #record: RunRecord | undefined;

  constructor(dir: string) {
    this.dir = dir;
    this.#paths = runPaths(dir);
    this.#tail = new LineTail(this.#paths.log);
  }

  get record(): RunRecord | undefined {
    return this.#record;
  }

  get generation(): number {
    return this.#restarts + (this.#lines?.starts ?? 0);
  }

  isHeld(): boolean {
    return isHeldFolder(this.dir);
  }

  timeOf(record: EpochRecord | StepRecord): number | undefined {
    return this.#lines?.timeOf(record);
  }

  read(): boolean {
    const another = this.#readConfig();
    const config = this.#config as StoredConfig;
    let more = true;
    try {
      // While a run takes an earlier one's place, the log is the earlier one's.
      more = config.replaces ? another : this.#readLog(config) || another;
      return more;
    } finally {
      // Also where a bad line ended it: good ones may stand before.
      if (more) this.#record = recordOf(config, this.#lines?.content());
    }
  }

  /** Reads `config.json` where it is not the one that was read; gives whether it is of another run. */
  #readConfig(): boolean {
    const { fs } = nodeModules('run');
    const stat = fs.statSync(this.#paths.config, { throwIfNoEntry: false });
    const seen = stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : '';
    if (this.#config && seen === this.#configSeen) return false;
    const config = readConfig(this.dir, this.#paths.config);
    this.#configSeen = seen;
    this.#config = config;
    this.#restart(config);
    this.#tail = new LineTail(this.#paths.log);
    return true;
  }

  #readLog(config: StoredConfig): boolean {
    return this.#tail.read({
      restart: () => this.#restart(config),
      line: (text) => this.#lines?.add(text),
    });
  }

  #restart({ id }: StoredConfig): void {
    // Higher than any generation before.
    this.#restarts = this.generation + 1;
    this.#lines = new LogLines(this.#paths.log, id);
  }
}
