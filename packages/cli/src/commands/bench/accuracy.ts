import { type AccuracyResult, accuracyResult } from '@mnet/bench';
import { custom, list, options, required, type Resolved } from '@mnet/core/options';
import { Command } from 'commander';
import { addBackendFlags } from '../../flags/backend.ts';
import { addDataFlags } from '../../flags/data.ts';
import { addFlags } from '../../flags/flag.ts';
import { addOutputFlags } from '../../flags/output.ts';
import { modelTaken, networkWithWidth } from '../../networks/model-reference.ts';
import { addEvaluationFlags, evaluated, type EvaluateFlags } from '../evaluated.ts';
import { showResults } from './measure-all.ts';

const savedTaken = custom<string>(
  'paths of saved models or runs; a network by name has learned nothing',
  (value) => {
    if (typeof value !== 'string' || networkWithWidth(value) !== undefined) return false;
    return modelTaken.check(value, '') === value;
  },
);

const accuracyOptions = options({
  /** Paths of saved models, or folders of runs. */
  model: required(list(savedTaken, savedTaken.text)),
});

interface Flags extends EvaluateFlags, Resolved<typeof accuracyOptions> {}

/** `mnet bench accuracy` */
export function accuracyCommand(): Command {
  const command = new Command('accuracy').description(
    'Accuracy, loss and calibration error of saved models on a part of a data set, as mnet evaluate has them.',
  );
  addFlags(command, accuracyOptions, {
    model: [
      '--model <paths>',
      "saved models, or folders of runs, whose data is the flags' default",
      { path: true },
    ],
  });
  addEvaluationFlags(command);
  addDataFlags(command);
  return addOutputFlags(addBackendFlags(command)).action(async (flags: Flags) => {
    const results: AccuracyResult[] = [];
    for (const path of flags.model) {
      const { model, dataset, part, evaluation } = await evaluated(path, flags, command);
      const { mirror, shift } = flags;
      results.push({ ...accuracyResult(model, path, dataset, evaluation), part, mirror, shift });
      model.dispose();
    }
    await showResults(command, results, flags.json);
  });
}
