import { options, type Resolved } from '@mnet/core/options';
import { train, trainOptions } from '@mnet/train';
import { Command } from 'commander';
import { addBackendFlags, type BackendFlags, useBackend } from '../flags/backend.ts';
import { addConfigFlag } from '../flags/config-file.ts';
import { addDataFlags } from '../flags/data.ts';
import { refuseIdle } from '../flags/idle.ts';
import { addFlags } from '../flags/flag.ts';
import { addRunFlags, type RunFlags, runFolder } from '../flags/runs.ts';
import { addTrainingFlags, type TrainingFlags, trainOptionsOf } from '../flags/training.ts';
import {
  addTrainedNetworkFlags,
  networkToTrain,
  type TrainedNetworkFlags,
} from '../networks/network-to-train.ts';
import { interruptSignal } from '../program/interrupt.ts';
import { replayNote } from '../program/replay-note.ts';
import { resultsTable } from '../program/results-table.ts';
import { keepFlags, sayHowToGoOn } from '../runs/kept-flags.ts';
import { addPauseFlag, type PauseFlags, pauseOf } from '../runs/pause.ts';
import { reportOn, reportRun } from '../runs/report.ts';
import { runCallbacks } from '../runs/run-callbacks.ts';

const lossOptions = options({
  /** Weights of the classes in the loss, or `balanced`; default: all count the same. */
  classWeights: trainOptions.fields.classWeights,
});

interface Flags
  extends TrainedNetworkFlags,
    Resolved<typeof lossOptions>,
    TrainingFlags,
    RunFlags,
    PauseFlags,
    BackendFlags {}

/** `mnet train` */
export function trainCommand(): Command {
  const command = new Command('train').description(
    'Trains a network. Writes RUNS/NAME/{config.json, flags.json, log.jsonl, metrics.csv, test.json, report.html, model/}.',
  );
  addTrainedNetworkFlags(command);
  addFlags(command, lossOptions, {
    classWeights: [
      '--class-weights <list>',
      'weights of the classes in the loss, or balanced: the rarer, the more',
      { suggestions: ['balanced'] },
    ],
  });
  addPauseFlag(addRunFlags(addTrainingFlags(addDataFlags(command)), 'train'));
  return addConfigFlag(addBackendFlags(refuseIdle(command))).action(runTrain);
}

async function runTrain(flags: Flags, command: Command): Promise<void> {
  const settings = trainOptionsOf(flags);
  const dir = runFolder(flags);
  const pause = pauseOf(flags.pauseAfter);
  const signal = pause.signal(interruptSignal());
  try {
    await useBackend(flags.backend, flags.threads);
    const { model, data } = await networkToTrain(
      flags,
      signal,
      command,
      flags.resume ? dir : undefined,
    );
    const { record, capture } = await train(model, data, {
      ...settings,
      ...(flags.labelSmoothing > 0 && { labelSmoothing: flags.labelSmoothing }),
      ...(flags.classWeights && { classWeights: flags.classWeights }),
      run: dir,
      resume: flags.resume,
      overwrite: flags.overwrite,
      allowOtherBuild: flags.allowOtherBuild,
      signal,
      callbacks: [keepFlags(dir, command), ...runCallbacks(flags), pause.callback],
    });
    const runs = [reportRun(flags.name, record, model)];
    console.log(`\n${resultsTable(runs)}\n${replayNote(capture)}`);
    reportOn(dir, runs, `${model.name} on ${data.train.name}`);
  } catch (error) {
    if (signal.aborted) sayHowToGoOn(dir, command);
    if (!pause.isPause(error)) throw error;
  }
}
