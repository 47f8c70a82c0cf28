import { textTable } from '@mnet/bench/results';
import { integer, optional, options, type Resolved } from '@mnet/core/options';
import type { Prediction } from '@mnet/models';
import { Command } from 'commander';
import { addFlags } from '../flags/flag.ts';
import { addOutputFlags, type OutputFlags } from '../flags/output.ts';
import { addBackendFlags, type BackendFlags, useBackend } from '../flags/backend.ts';
import { savedModel } from '../networks/saved-model.ts';
import { classifyPictures, type Guessed } from '../pictures/classify-pictures.ts';
import { percent } from '../program/percent.ts';
import { writeJson } from '../program/write-json.ts';

const classifyOptions = options({
  /** How many of the classes, the likeliest first; default 3. */
  top: optional(integer({ min: 1 }), 3),
});

interface Flags extends Resolved<typeof classifyOptions>, BackendFlags, OutputFlags {}

/** `mnet classify` */
export function classifyCommand(): Command {
  const command = new Command('classify')
    .description(
      'Says what pictures of any size show: the likeliest classes of a saved model, with probabilities.',
    )
    .argument('<model>', 'a saved model, or the folder of a run')
    .argument('<files...>', 'JPEG, PNG or WebP pictures');
  addFlags(command, classifyOptions, {
    top: ['--top <n>', 'how many of the classes'],
  });
  return addOutputFlags(addBackendFlags(command)).action(showClasses);
}

async function showClasses(path: string, files: readonly string[], flags: Flags): Promise<void> {
  await useBackend(flags.backend, flags.threads);
  const model = await savedModel(path, 'model');
  const { top } = flags;
  const [outcomes = []] = await classifyPictures([model], files, { top, caller: 'classify' });
  if (flags.json !== undefined) await writeJson(flags.json, outcomes);
  else if (outcomes.some(isSound)) console.log(outcomeTable(outcomes.filter(isSound)));
  const failed = outcomes.filter((outcome) => 'error' in outcome);
  for (const { file, error } of failed) console.error(`error: ${file}: ${error}`);
  if (failed.length > 0) process.exitCode = 1;
}

type Sound = Extract<Guessed, { readonly predictions: readonly Prediction[] }>;

function isSound(outcome: Guessed): outcome is Sound {
  return 'predictions' in outcome;
}

function outcomeTable(outcomes: readonly Sound[]): string {
  const rows = outcomes.flatMap(({ file, predictions }) =>
    predictions.map(({ label, probability }, i) => [
      i === 0 ? file : '',
      label,
      percent(probability),
    ]),
  );
  return textTable([['file', 'label', 'probability'], ...rows]);
}
