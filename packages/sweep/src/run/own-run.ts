import type { Config } from '../config.ts';

/** What a run of one's own is given beside its settings. */
export interface OwnRunContext {
  /** The run's folder: `train(model, data, { run: folder, resume: true, signal })` writes into it, and goes on with what is there. */
  readonly folder: string;
  /** Threads that compute: `pickBackend({ threads })`. */
  readonly threads: number;
  /** Stops the training at its next step, to be gone on with later: Ctrl-C, or the end of the epoch that a search asks for. */
  readonly signal: AbortSignal;
  /** For the training's option of that name: true where a study takes workers of any build. */
  readonly allowOtherBuild: boolean;
  /** To be among the training's `callbacks`, so that a search can pause it; does nothing in other studies. */
  readonly pause: {
    /** Told by the training when an epoch is done, from 1. */
    onEpochEnd(record: { readonly epoch: number }): void;
  };
}

/**
 * Makes one run, in a process of its own: builds a model, loads data and trains, with a run folder.
 *
 * @param config the study's base with the values of this run, `seed` among them
 */
export type OwnRun = (config: Config, context: OwnRunContext) => Promise<unknown>;
