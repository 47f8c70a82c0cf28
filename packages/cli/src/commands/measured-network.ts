import { integer, optional, options, type Resolved } from '@mnet/core/options';
import { buildOptions } from '@mnet/models';
import { Command } from 'commander';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { addFlags } from '../flags/flag.ts';
import { addNetworkFlags, madeNetwork, type NetworkFlags } from '../flags/network.ts';
import { isModelName } from '../networks/model-reference.ts';
import { savedModel } from '../networks/saved-model.ts';

const inputOptions = options({
  /** Classes of the classifier, default 10. */
  classes: buildOptions.fields.classes,
  /** Height and width of the pictures, default 32. */
  size: optional(integer({ min: 1, max: 4096 }), 32),
});

/** Which network is looked at without data. */
export interface MeasuredFlags extends NetworkFlags, Resolved<typeof inputOptions> {}

type Shown = 'width' | 'classes' | 'size' | 'strides';

/** A network to be measured, and what results say of it. */
export interface MeasuredNetwork {
  model: LayersModel;
  /** Its name or path. */
  name: string;
  /** How it was made; a saved model's are null. */
  flags: { [Flag in Shown]: MeasuredFlags[Flag] | null };
  /** The name and the sizes for people. */
  title: string;
  sizes: string;
}

/** A command with the flags of {@link MeasuredFlags}. */
export function measuredCommand(name: string): Command {
  const command = addNetworkFlags(new Command(name), {
    strides: 'paper',
    more: ['classes', 'size'],
  });
  return addFlags(command, inputOptions, {
    classes: ['--classes <n>', 'classes of the classifier'],
    size: ['--size <pixels>', 'height and width of the pictures'],
  });
}

/**
 * The network that the flags name: of the registry with seeded weights, or a saved one.
 *
 * @throws for a path with no model, or a broken one; the error names the path.
 */
export async function measuredNetwork(flags: MeasuredFlags): Promise<MeasuredNetwork> {
  const { model: name, width, classes, size, strides } = flags;
  if (isModelName(name)) {
    return {
      model: madeNetwork(name, flags, { classes, inputShape: [size, size, 3], seed: 1 }),
      name,
      flags: { width, classes, size, strides },
      title: `${name} ×${width}`,
      sizes: `${size}×${size}×3, ${classes} classes, strides ${String(strides)}`,
    };
  }
  const model = await savedModel(name, '--model');
  return {
    model,
    name,
    flags: { width: null, classes: null, size: null, strides: null },
    title: name,
    sizes: `${shapeText(model.inputs)} to ${shapeText(model.outputs)}`,
  };
}

/** Shapes for people: `[batch, 32, 32, 3]`; a length that is not known is `?`. */
function shapeText(tensors: LayersModel['inputs']): string {
  const lengths = (shape: (number | null)[]): string =>
    shape.map((n, i) => n ?? (i === 0 ? 'batch' : '?')).join(', ');
  return tensors.map(({ shape }) => `[${lengths(shape)}]`).join(' and ');
}
