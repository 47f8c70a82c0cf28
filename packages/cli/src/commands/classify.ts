import { integer, optional, options, type Resolved } from '@mnet/core/options';
import { pictureDecoder } from '@mnet/data/folder';
import { classify, type Prediction } from '@mnet/models';
import { Command } from 'commander';
import { addFlags } from '../flags/flag.ts';
import { addOutputFlags, type OutputFlags } from '../flags/output.ts';
import { addBackendFlags, type BackendFlags, useBackend } from '../flags/backend.ts';
import { savedModel } from '../networks/saved-model.ts';
import { textTable } from '../program/text-table.ts';
import { userPath } from '../program/user-path.ts';
import { writeJson } from '../program/write-json.ts';

const classifyOptions = options({
  /** How many of the classes, the likeliest first; default 3. */
  top: optional(integer({ min: 1 }), 3),
});

interface Flags extends Resolved<typeof classifyOptions>, BackendFlags, OutputFlags {}

/** What came of one file. */
type Outcome = { file: string; predictions: Prediction[] } | { file: string; error: string };

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
  const decode = await pictureDecoder('classify');
  await useBackend(flags.backend, flags.threads);
  const model = await savedModel(path, 'model');
  const outcomes: Outcome[] = [];
  for (const file of files) {
    const pixels = await decode(userPath(file)).catch((error: unknown) => error as Error);
    if (pixels instanceof Error) {
      outcomes.push({ file, error: pixels.message.replaceAll(/\s*\n\s*/g, ' ') });
    } else {
      outcomes.push({ file, predictions: await classify(model, pixels, { top: flags.top }) });
    }
  }
  if (flags.json !== undefined) await writeJson(flags.json, outcomes);
  else if (outcomes.some(isSound)) console.log(outcomeTable(outcomes.filter(isSound)));
  const failed = outcomes.filter((outcome) => 'error' in outcome);
  for (const { file, error } of failed) console.error(`error: ${file}: ${error}`);
  if (failed.length > 0) process.exitCode = 1;
}

function isSound(outcome: Outcome): outcome is { file: string; predictions: Prediction[] } {
  return 'predictions' in outcome;
}

function outcomeTable(outcomes: readonly { file: string; predictions: Prediction[] }[]): string {
  const rows = outcomes.flatMap(({ file, predictions }) =>
    predictions.map(({ label, probability }, i) => [
      i === 0 ? file : '',
      label,
      `${(probability * 100).toFixed(2)}%`,
    ]),
  );
  return textTable([['file', 'label', 'probability'], ...rows]);
}
