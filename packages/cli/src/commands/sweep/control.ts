import { Command } from 'commander';
import { addQueueFlags, type QueueFlags, withQueue } from '../../sweep/queue-flags.ts';

/** `mnet sweep pause` */
export function sweepPauseCommand(): Command {
  return control(
    'pause',
    'Pauses a study on a queue: its runs stop at their next step and are kept, those that wait are not begun.',
    'pauseStudy',
    'paused; mnet sweep continue goes on with it',
  );
}

/** `mnet sweep continue` */
export function sweepContinueCommand(): Command {
  return control('continue', 'Goes on with a study that was paused.', 'continueStudy', 'goes on');
}

/** `mnet sweep cancel` */
export function sweepCancelCommand(): Command {
  return control(
    'cancel',
    'Cancels a study on a queue: its runs stop and are kept, those that wait are taken off. mnet sweep run goes on with the rest.',
    'cancelStudy',
    'cancelled',
  );
}

/** `mnet sweep remove` */
export function sweepRemoveCommand(): Command {
  return control(
    'remove',
    'Takes a study off the queue with all that Redis has of it, once no worker has a run of it, to make room. The store keeps its runs.',
    'removeStudy',
    'taken off the queue',
  );
}

function control(
  name: string,
  description: string,
  act: 'pauseStudy' | 'continueStudy' | 'cancelStudy' | 'removeStudy',
  done: string,
): Command {
  const command = new Command(name)
    .description(description)
    .argument('<study>', "a study's name, as mnet sweep status lists it");
  return addQueueFlags(command).action(async (study: string, flags: QueueFlags) => {
    const { [act]: change } = await import('@mnet/sweep');
    await withQueue(flags, (queue) => change(queue, study));
    console.log(`${study}: ${done}`);
  });
}
