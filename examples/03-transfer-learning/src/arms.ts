import {
  type Arm,
  checkNetwork,
  loadOther,
  networkFor,
  savedModel,
  type Trained,
  trainOptionsOf,
} from '@mnet/cli';
import { createModel, freeze, resetClassifier, unfreeze } from '@mnet/models';
import { train } from '@mnet/train';
import type { Flags, Own } from './flags.ts';
import { checkSize, type Source, sourceOf } from './source.ts';

/** A network is trained, its head is replaced and learns alone, then all of it learns; and the same from scratch. */
export function armsOf(flags: Flags): readonly Arm<Own>[] {
  const { epochs, headEpochs = Math.max(1, Math.round(epochs / 3)) } = flags;
  if (headEpochs >= epochs) {
    const got = flags.headEpochs === undefined ? '--epochs' : '--head-epochs';
    throw new RangeError(
      `${got}: got ${headEpochs} of ${epochs} epochs for the head, takes fewer than all, for all layers follow`,
    );
  }
  const source = sourceOf(flags);
  const afterHead = epochs - headEpochs;
  const arms = [frozenArm(flags, headEpochs), unfrozenArm(flags, afterHead), scratchArm(source)];
  if (!source) return [sourceArm(flags), ...arms];
  return arms.map((arm) => ({ ...arm, width: source.width }));
}

/** MobileNetV1 on the data set of `--source`. */
function sourceArm(flags: Flags): Arm<Own> {
  const { dataset, source = dataset === 'shapes10' ? dataset : 'cifar10' } = flags;
  if (source !== 'shapes10') checkSize(flags, 32);
  const change = phase(flags, flags.sourceEpochs ?? flags.epochs, flags.lr);
  return {
    name: 'source',
    check: (ofArm) => checkNetwork('mobilenet_v1', ofArm),
    async train({ flags: ofArm, options }) {
      const data = await loadOther({ ...ofArm, seed: flags.seed }, source, options.signal);
      const model = networkFor('mobilenet_v1', ofArm, data);
      const { record } = await train(model, data, { ...options, ...change(ofArm) });
      return { model, record };
    },
  };
}

/** A new classifier on frozen layers, their batch normalization included. */
function frozenArm(flags: Flags, epochs: number): Arm<Own> {
  const change = phase(flags, epochs, flags.headLr);
  return {
    name: 'frozen',
    async train({ flags: ofArm, data, options, earlier }) {
      const { from, seed } = ofArm;
      const body = await savedModel(from ?? earlier('source').run, '--from');
      const model = freeze(resetClassifier(body, data.train.classes.length, { seed }));
      const { record } = await train(model, data, { ...options, ...change(ofArm) });
      return { model, record };
    },
  };
}

/** All layers, from where the head has stopped. */
function unfrozenArm(flags: Flags, epochs: number): Arm<Own> {
  const change = phase(flags, epochs, flags.unfrozenLr);
  return {
    name: 'unfrozen',
    async train({ flags: ofArm, data, options, earlier }) {
      const model = unfreeze(await savedModel(earlier('frozen').run, 'frozen'));
      const { record } = await train(model, data, { ...options, ...change(ofArm) });
      return { model, record };
    },
  };
}

/** The same network from seeded weights, for as many epochs as the two before have together. */
function scratchArm(source: Source | undefined): Arm<Own> {
  return {
    name: 'scratch',
    async train({ flags, data, options }): Promise<Trained> {
      const { classes, shape } = data.train;
      const input = { classes: classes.length, inputShape: [...shape], seed: flags.seed };
      const model = source
        ? createModel(source.network, { ...source.options, ...input })
        : networkFor('mobilenet_v1', flags, data);
      const { record } = await train(model, data, options);
      return { model, record };
    },
  };
}

/** The options of a phase; what is wrong with them is told now, and not when it begins. */
function phase(flags: Flags, epochs: number, lr: number | undefined) {
  const of = (each: Flags) => trainOptionsOf({ ...each, epochs, lr });
  of(flags);
  return of;
}
