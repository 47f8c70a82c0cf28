import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { textTable } from '@mnet/bench/results';
import { boolean, optional, options, required, type Resolved, text } from '@mnet/core/options';
import { fileSystem, fileSystemOptions } from '@mnet/layers';
import { modelCost } from '@mnet/models';
import { runPaths } from '@mnet/train';
import { Command } from 'commander';
import { useBackend } from '../flags/backend.ts';
import { addFlags } from '../flags/flag.ts';
import { addOutputFlags, type OutputFlags } from '../flags/output.ts';
import { savedModel } from '../networks/saved-model.ts';
import { userPath } from '../program/user-path.ts';
import { writeJson } from '../program/write-json.ts';

const quantizeOptions = options({
  /** The folder that the model is written to. */
  out: required(text('a folder')),
  /** How kernels are stored, default `float16`. */
  dtype: optional(fileSystemOptions.fields.dtype.takes, 'float16'),
  /** Whether a model that is there is replaced, default false. */
  overwrite: optional(boolean(), false),
});

interface Flags extends Resolved<typeof quantizeOptions>, OutputFlags {}

/** `mnet quantize` */
export function quantizeCommand(): Command {
  const command = new Command('quantize')
    .description(
      'Saves a model in fewer bytes: its kernels as float16, or as whole numbers of 16 or 8 bits. All that take a model take it.',
    )
    .argument('<model>', 'a saved model, or the folder of a run');
  addFlags(command, quantizeOptions, {
    out: ['--out <folder>', 'where the smaller model is written', { path: true }],
    dtype: ['--dtype <name>', 'how its kernels are stored'],
    overwrite: ['--overwrite', 'replace a model that is there'],
  });
  return addOutputFlags(command).action(quantize);
}

async function quantize(path: string, { out, dtype, overwrite, json }: Flags): Promise<void> {
  const folder = userPath(out);
  if (existsSync(join(runPaths(folder).model, 'model.json'))) {
    throw new Error(
      `--out ${out}: got the folder of a run, of which all take its own model; takes a folder for this one, such as ${join(out, dtype)}`,
    );
  }
  if (existsSync(join(folder, 'model.json')) && !overwrite) {
    throw new Error(`--out ${out}: there is a model already; give --overwrite to replace it`);
  }
  await useBackend('cpu');
  const model = await savedModel(path, 'model');
  await model.save(fileSystem(folder, { dtype }));
  const { params, nonTrainableParams, bytes } = modelCost(model);
  const result = { model: path, out: folder, dtype, params, nonTrainableParams };
  const files = bytesOfFiles(folder);
  if (json !== undefined) return writeJson(json, { ...result, float32Bytes: bytes, ...files });
  const count = (n: number): string => `${n.toLocaleString('en')} bytes`;
  console.log(
    textTable([
      [
        `${model.name} in ${dtype}`,
        (params + nonTrainableParams).toLocaleString('en') + ' numbers',
      ],
      ['weights as float32', count(bytes)],
      ['weights', count(files.weightBytes)],
      ['model.json', count(files.jsonBytes)],
    ]),
  );
  console.log(`\nmodel: ${folder}`);
}

function bytesOfFiles(folder: string): { weightBytes: number; jsonBytes: number } {
  const json = readFileSync(join(folder, 'model.json'), 'utf8');
  const { weightsManifest } = JSON.parse(json) as { weightsManifest: { paths: string[] }[] };
  const sizes = weightsManifest.flatMap(({ paths }) =>
    paths.map((name) => statSync(join(folder, name)).size),
  );
  return { weightBytes: sizes.reduce((a, b) => a + b, 0), jsonBytes: Buffer.byteLength(json) };
}
