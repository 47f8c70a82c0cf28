import { textTable } from '@mnet/bench/results';
import { integer, optional, options, type Resolved } from '@mnet/core/options';
import {
  architectureOptions,
  buildOptions,
  createModel,
  listModels,
  modelCost,
  namedStrides,
} from '@mnet/models';
import { Command } from 'commander';
import { addFlags } from '../flags/flag.ts';
import { addOutputFlags, type OutputFlags } from '../flags/output.ts';
import { useBackend } from '../flags/backend.ts';
import { stridesText } from '../networks/strides.ts';
import { writeJson } from '../program/write-json.ts';

const listOptions = options({
  /** Height and width of the pictures, default 32. */
  size: optional(integer({ min: 1, max: 4096 }), 32),
  /** Classes of the classifier, default 10. */
  classes: buildOptions.fields.classes,
  ...architectureOptions.fields,
});

interface Flags extends Resolved<typeof listOptions>, OutputFlags {}

/** `mnet models` */
export function modelsCommand(): Command {
  const command = new Command('models').description(
    'Lists the networks with their parameters and multiply-adds at one width and size.',
  );
  addFlags(command, listOptions, {
    width: ['--width <factor>', 'width multiplier'],
    size: ['--size <pixels>', 'height and width of the pictures'],
    classes: ['--classes <n>', 'classes of the classifier'],
    strides: [
      '--strides <kind>',
      `${stridesText} (default: cifar for pictures of at most 64 pixels, else paper)`,
      { suggestions: namedStrides },
    ],
  });
  return addOutputFlags(command).action(showModels);
}

async function showModels({ width, size, classes, strides, json }: Flags): Promise<void> {
  await useBackend('cpu');
  const input = { classes, inputShape: [size, size, 3], width, seed: 1 };
  const rows = listModels().map((name) => {
    const model = createModel(name, { ...input, ...(strides !== undefined && { strides }) });
    const { params, macs, bytes } = modelCost(model);
    model.dispose();
    return { name, params, macs, bytes };
  });
  if (json !== undefined) {
    const made = { width, size, classes, strides: strides ?? null };
    return writeJson(json, { ...made, models: rows });
  }
  console.log(
    textTable([
      [`×${width}, ${size}×${size}×3, ${classes} classes`, 'parameters', 'MACs'],
      ...rows.map(({ name, params, macs }) => [
        name,
        params.toLocaleString('en'),
        macs.toLocaleString('en'),
      ]),
    ]),
  );
}
