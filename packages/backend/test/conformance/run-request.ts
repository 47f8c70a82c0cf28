import type { KernelBuild } from '@mnet/backend';

/** What one process is asked to run the specs on. */
export type RunRequest =
  | { backend: 'cpu' }
  | { backend: 'mnet'; build: KernelBuild; threads: number };

/** A spec's end. Some specs share one full name: the second is named `name (2)` and so on. */
export interface SpecResult {
  name: string;
  status: string;
  messages: string[];
}

/** What the process writes down. */
export interface RunResult {
  specs: SpecResult[];
  /** Launches of each kernel of mnet. */
  launches: Record<string, number>;
}
