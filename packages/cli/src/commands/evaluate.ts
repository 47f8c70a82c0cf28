import { textTable } from '@mnet/bench/results';
import { perClassAccuracy } from '@mnet/train';
import { Command } from 'commander';
import { addBackendFlags } from '../flags/backend.ts';
import { addDataFlags } from '../flags/data.ts';
import { addOutputFlags } from '../flags/output.ts';
import { percent } from '../program/percent.ts';
import { writeJson } from '../program/write-json.ts';
import { addEvaluationFlags, evaluated, type EvaluateFlags } from './evaluated.ts';

/** `mnet evaluate` */
export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description('Accuracy and loss of a saved model on a part of a data set.')
    .argument('<model>', "a saved model, or the folder of a run, whose data is the flags' default");
  addEvaluationFlags(command);
  addDataFlags(command);
  return addOutputFlags(addBackendFlags(command)).action(showEvaluation);
}

async function showEvaluation(path: string, flags: EvaluateFlags, command: Command): Promise<void> {
  const { dataset, part, evaluation } = await evaluated(path, flags, command);
  const { loss, accuracy, top5, ece, reliability, count, confusion } = evaluation;
  const { mirror, shift, json } = flags;
  if (json !== undefined) {
    const ofClass = perClassAccuracy(confusion);
    const classes = dataset.classes.map((name, i) => ({
      name,
      accuracy: ofClass[i],
      count: confusion[i]?.reduce((sum, n) => sum + n, 0),
    }));
    const figures = { accuracy, ...(top5 !== undefined && { top5 }), loss, ece, count };
    return writeJson(json, {
      model: path,
      dataset: dataset.name,
      part,
      mirror,
      shift,
      ...figures,
      reliability,
      classes,
      confusion,
    });
  }
  console.log(
    textTable([
      [path, `${dataset.name}, ${part}`],
      ['images', count.toLocaleString('en')],
      ['accuracy', percent(accuracy)],
      ...(top5 === undefined ? [] : [['top-5 accuracy', percent(top5)]]),
      ['loss', loss.toFixed(4)],
      ['calibration error', percent(ece)],
    ]),
  );
}
