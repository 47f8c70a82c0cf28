import { existsSync } from 'node:fs';
import {
  integer,
  optional,
  options,
  required,
  type Resolved,
  type Takes,
} from '@mnet/core/options';
import { show } from '@mnet/core/check';
import { buildOptions, listModels } from '@mnet/models';
import { Command } from 'commander';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { addFlags } from '../flags/flag.ts';
import {
  addMakingFlags,
  madeNetwork,
  makingKeys,
  type MakingFlags,
  networkExtras,
  refuseMaking,
} from '../flags/network.ts';
import { modelTaken, networkWithWidth } from '../networks/model-reference.ts';
import { savedModel } from '../networks/saved-model.ts';
import { userPath } from '../program/user-path.ts';

const inputOptions = options({
  /** Classes of the classifier, default 10. */
  classes: buildOptions.fields.classes,
  /** Height and width of the pictures, default 32. */
  size: optional(integer({ min: 1, max: 4096 }), 32),
});

/** Networks by name, each with its width behind a colon where it has its own, and paths of saved models. */
const modelsTaken: Takes<readonly string[]> = {
  text: `one of ${listModels().join(', ')}, with its width as in mobilenet_v2:0.5, or the path of a saved model; or several with commas`,
  check(value, argument) {
    const names = Array.isArray(value) ? (value as unknown[]) : [value];
    for (const name of names) {
      if (typeof name !== 'string') throw new TypeError(`${argument}: got ${show(name)}`);
      if (networkWithWidth(name) !== undefined) continue;
      // What has a comma is a list, unless there is such a path.
      if (typeof value === 'string' && value.includes(',') && !existsSync(userPath(value))) {
        throw new TypeError(`${argument}: got ${show(value)}`);
      }
      modelTaken.check(name, argument);
    }
    return names as readonly string[];
  },
  written: 'list',
};

const modelOptions = options({
  /** Networks by name and paths of saved models. */
  model: required(modelsTaken),
});

/** Which networks are looked at without data. */
export interface MeasuredFlags
  extends MakingFlags,
    Resolved<typeof modelOptions>,
    Resolved<typeof inputOptions> {
  readonly width: number;
}

type Shown = 'width' | 'classes' | 'size' | 'strides';

/** A network to be measured, and what results say of it. */
export interface MeasuredNetwork {
  /** Makes it with seeded weights, or loads it; an error names the path. */
  make: () => Promise<LayersModel>;
  /** Its name or path. */
  name: string;
  /** How it is made; a saved model's are null. */
  flags: { [Flag in Shown]: MeasuredFlags[Flag] | null };
  /** The name for people. */
  title: string;
}

/** The keys of the flags that say how networks by name are made. */
export const madeKeys: readonly string[] = [...makingKeys, 'classes', 'size'];

/** A command with the flags of {@link MeasuredFlags}. */
export function measuredCommand(name: string): Command {
  const command = new Command(name);
  addFlags(command, modelOptions, {
    model: [
      '--model <name>',
      'networks, as mobilenet_v2,mobilenet_v2:0.5, and paths of saved models or runs',
      networkExtras,
    ],
  });
  command.addHelpText('after', `\nNetworks: ${listModels().join(', ')}.`);
  addMakingFlags(command, 'paper');
  refuseMaking(command, 'model', madeKeys);
  return addFlags(command, inputOptions, {
    classes: ['--classes <n>', 'classes of the classifier'],
    size: ['--size <pixels>', 'height and width of the pictures'],
  });
}

/** The networks that the flags name. */
export function measuredNetworks(flags: MeasuredFlags): MeasuredNetwork[] {
  return flags.model.map((each) => {
    const named = networkWithWidth(each);
    if (named === undefined) {
      return {
        make: () => savedModel(each, '--model'),
        name: each,
        flags: { width: null, classes: null, size: null, strides: null },
        title: each,
      };
    }
    const { classes, size, strides } = flags;
    const width = each.includes(':') ? named.width : flags.width;
    return {
      make: () =>
        Promise.resolve(
          madeNetwork(
            named.network,
            { ...flags, width },
            { classes, inputShape: [size, size, 3], seed: 1 },
          ),
        ),
      name: named.network,
      flags: { width, classes, size, strides },
      title: `${named.network} ×${width}`,
    };
  });
}

/** What a network takes and gives, for people. */
export function sizesOf(model: LayersModel, { flags }: MeasuredNetwork): string {
  const { classes, size, strides } = flags;
  return size === null
    ? `${shapeText(model.inputs)} to ${shapeText(model.outputs)}`
    : `${size}×${size}×3, ${classes} classes, strides ${String(strides)}`;
}

/** Shapes for people: `[batch, 32, 32, 3]`; a length that is not known is `?`. */
function shapeText(tensors: LayersModel['inputs']): string {
  const lengths = (shape: (number | null)[]): string =>
    shape.map((n, i) => n ?? (i === 0 ? 'batch' : '?')).join(', ');
  return tensors.map(({ shape }) => `[${lengths(shape)}]`).join(' and ');
}
