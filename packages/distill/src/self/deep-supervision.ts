import { show } from '@mnet/core/check';
import { type Given, list, optional, options, required, resolve, text } from '@mnet/core/options';
import { deriveSeed } from '@mnet/core/random';
import { tapModel, type TappedModel } from '@mnet/layers';
import {
  batchCrossEntropy,
  checkClassifier,
  type Objective,
  type ObjectiveValue,
  trainingCall,
  trainOptions,
} from '@mnet/train';
import { addN, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkEmbedding, embedding } from '../losses/embedding.ts';
import { applyHead, type AuxiliaryHead, newHead } from './auxiliary-head.ts';
import { selfDistillationLoss, selfDistillationOptions } from './self-loss.ts';

const layer = text("a layer's name");

/** What {@link DeepSupervisionOptions} are made of, for whoever offers them in another form, such as flags. */
export const deepSupervisionOptions = options({
  /** The inner layers that get a classifier: feature maps, of which the mean over the pixels is taken, or embeddings. */
  taps: required(list(layer, "layers' names, such as ['block_3', 'block_6']")),
  /** The layer that the network's own classifier looks at: its last feature maps, or its embedding. */
  features: required(layer),
  ...selfDistillationOptions.fields,
  /** ε of the cross-entropy of the network's own classifier, from 0 to 1; default 0. */
  labelSmoothing: optional(trainOptions.fields.labelSmoothing.takes, 0),
});

/** Settings of {@link deepSupervision}. */
export interface DeepSupervisionOptions extends Given<typeof deepSupervisionOptions> {}

/**
 * Self-distillation by deep supervision: classifiers on inner layers learn from the labels and from the network's own
 * classifier, the deepest, and so does all that is below them. An objective for `train`; there is no other teacher.
 *
 *     L = CE(labels, z_C) + Σᵢ selfDistillationLossᵢ
 *
 * The inner classifiers are trained with the network and left behind after it. The terms are `crossEntropy`, `labels`,
 * `deepest` and `hint`, the last three summed over the inner classifiers.
 *
 * Source: Zhang et al. 2019, "Be Your Own Teacher: Improve the Performance of Convolutional Neural Networks via Self
 * Distillation", section 3, https://arxiv.org/abs/1905.08094
 *
 * @param model the network to train: one image input, one output of logits
 * @throws if an option is unknown, missing or out of range, or the network has no such layers.
 */
export function deepSupervision(model: LayersModel, given: DeepSupervisionOptions): Objective {
  const classes = checkClassifier(model);
  const { labelSmoothing, ...settings } = resolve(
    deepSupervisionOptions,
    given,
    'deepSupervision options',
  );
  const { taps, features, ...weights } = settings;
  checkTaps(tapModel(model, [...taps, features]), taps, features);
  let session: { tapped: TappedModel; heads: readonly AuxiliaryHead[] } | undefined;
  return {
    name: 'deepSupervision',
    config: { name: 'deepSupervision', ...settings, taps: [...taps], labelSmoothing },
    mixes: true,

    async setup(setup) {
      if (setup.model !== model) {
        throw new Error(
          `objective: it is for '${model.name}', got another model, takes the one that it was made for`,
        );
      }
      const tapped = tapModel(model, [...taps, features]);
      const width = (name: string): number => tapped.shapes[name]?.at(-1) as number;
      const heads = tidy(() =>
        taps.map((tap) =>
          newHead(width(tap), width(features), classes, deriveSeed(setup.seed, tap)),
        ),
      );
      session = { tapped, heads };
      return { variables: heads.flatMap((head) => Object.values(head)) };
    },

    compute(context): ObjectiveValue {
      const { batch } = context;
      const { tapped, heads } = session as NonNullable<typeof session>;
      const outputs = tapped.apply(batch.images, trainingCall(context));
      const { logits } = outputs;
      const deepest = { logits, features: embedding(outputs.taps[features] as Tensor) };
      const own = batchCrossEntropy(logits, batch, { labelSmoothing });
      const inner = taps.map((tap, i) => {
        const head = applyHead(heads[i] as AuxiliaryHead, outputs.taps[tap] as Tensor);
        return selfDistillationLoss(head, deepest, batch, weights);
      });
      const terms = {
        crossEntropy: own.loss,
        labels: addN(inner.map(({ labels }) => labels)),
        deepest: addN(inner.map((each) => each.deepest)),
        hint: addN(inner.map(({ hint }) => hint)),
      };
      return { loss: addN(Object.values(terms)), logits, hits: own.hits, terms };
    },

    teardown() {
      for (const head of session?.heads ?? []) {
        for (const each of Object.values(head)) each.dispose();
      }
      session = undefined;
    },
  };
}

/** Throws unless all layers give maps or embeddings, the inner ones each once and others than the deepest. */
function checkTaps({ shapes }: TappedModel, taps: readonly string[], features: string): void {
  if (taps.length === 0 || new Set([...taps, features]).size <= taps.length) {
    throw new RangeError(
      `taps: got ${show(taps)} beside features '${features}', takes at least one inner layer, each once`,
    );
  }
  for (const [name, shape] of Object.entries(shapes)) checkEmbedding(name, shape);
}
