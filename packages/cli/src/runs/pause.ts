import { resolve } from 'node:path';
import { integer, optional, options, type Resolved } from '@mnet/core/options';
import type { Callback } from '@mnet/train';
import type { Command } from 'commander';
import { addFlags } from '../flags/flag.ts';

const pauseOptions = options({
  /** The run is stopped when so many epochs of it are done, to be gone on with; left out: it goes to its end. */
  pauseAfter: optional(integer({ min: 1 })),
});

/** Whether a run is stopped before its end. */
export interface PauseFlags extends Resolved<typeof pauseOptions> {}

/** Adds the flag of {@link PauseFlags}. */
export function addPauseFlag(command: Command): Command {
  return addFlags(command, pauseOptions, {
    pauseAfter: [
      '--pause-after <epochs>',
      'stop when so many epochs are done, with everything kept; --resume goes on',
    ],
  });
}

/** Stops a training when so many of its epochs are done. */
export interface Pause {
  /** Belongs to the training's callbacks. */
  readonly callback: Callback;
  /** The training's signal: aborted when `other` is, and at the pause. */
  signal(other: AbortSignal): AbortSignal;
  /** Whether an error is that of the pause, which is no failure. */
  isPause(error: unknown): boolean;
}

/**
 * The pause of `--pause-after`; without epochs it never comes.
 *
 * @param run the folder of the one training that is paused, where a command makes several; default: any
 */
export function pauseOf(epochs: number | undefined, run?: string): Pause {
  const controller = new AbortController();
  /** Epochs of the training that is paused; undefined while another one goes on. */
  let all: number | undefined;
  const look = (done: number): void => {
    // One whose epochs are all done goes to its end.
    if (epochs === undefined || all === undefined || done < epochs || done >= all) return;
    if (controller.signal.aborted) return;
    controller.abort(new DOMException(`paused after epoch ${done}`, 'AbortError'));
  };
  return {
    callback: {
      onTrainBegin(info) {
        const isMeant = run === undefined || (info.run !== undefined && resolve(info.run) === run);
        all = isMeant ? info.epochs : undefined;
        // One that an earlier process has taken that far, or further.
        if (!info.complete) look(info.epochsDone);
      },
      onEpochEnd({ epoch }) {
        look(epoch);
      },
    },
    signal: (other) => AbortSignal.any([other, controller.signal]),
    isPause: (error) =>
      controller.signal.aborted &&
      (error === controller.signal.reason ||
        (error instanceof Error && error.cause === controller.signal.reason)),
  };
}
