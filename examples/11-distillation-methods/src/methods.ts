import type { DefaultTaps } from '@mnet/cli';
import {
  attentionTransfer,
  contrastiveKd,
  decoupledKd,
  type DistillationLoss,
  distKd,
  fitNet,
  hintonKd,
  multiLevelKd,
  relationalKd,
  similarityPreserving,
} from '@mnet/distill';

/** A method that learns from the teacher: its loss, and what it and the labels count. */
export interface Method {
  /** @param epochs of the training, of which a warm-up is a share */
  readonly loss: (taps: DefaultTaps, epochs: number) => DistillationLoss;
  /** Weight of the loss. */
  readonly weight: number;
  /** Weight of the cross-entropy with the labels. */
  readonly labels: number;
  /** Where the settings come from. */
  readonly source: string;
  /** Test accuracy on CIFAR-100 of a MobileNetV2 ×0.5 that a ResNet-50 taught, in 240 epochs. */
  readonly published?: number;
}

const crdTable = 'Tian et al. 2020, https://arxiv.org/abs/1910.10699, section 7.3 and table 7';

/** The methods by name, with the settings of their authors for CIFAR-100. */
export const methods = {
  kd: {
    loss: () => hintonKd({ temperature: 4 }),
    weight: 0.9,
    labels: 0.1,
    source: crdTable,
    published: 0.6735,
  },
  'kd-standardized': {
    loss: () => hintonKd({ temperature: 2, standardize: true }),
    weight: 9,
    labels: 0.1,
    source: 'Sun et al. 2024, https://arxiv.org/abs/2403.01427, table 1',
    published: 0.6902,
  },
  dkd: {
    // 20 of 240 epochs.
    loss: (_taps, epochs) => decoupledKd({ alpha: 1, beta: 8, warmupEpochs: epochs / 12 }),
    weight: 1,
    labels: 1,
    source: 'Zhao et al. 2022, https://arxiv.org/abs/2203.08679, table 7 and appendix',
    published: 0.7035,
  },
  hint: {
    loss: (taps) => fitNet({ taps: [taps.middle()] }),
    weight: 100,
    labels: 1,
    source: crdTable,
    published: 0.6316,
  },
  attention: {
    loss: (taps) => attentionTransfer({ taps: taps.stages(), weight: 1000 }),
    weight: 1,
    labels: 1,
    source: crdTable,
    published: 0.5858,
  },
  sp: {
    loss: (taps) => similarityPreserving({ taps: [taps.last()], weight: 3000 }),
    weight: 1,
    labels: 1,
    source: crdTable,
    published: 0.6808,
  },
  rkd: {
    loss: (taps) => relationalKd({ taps: [taps.last()], distanceWeight: 25, angleWeight: 50 }),
    weight: 1,
    labels: 1,
    source: crdTable,
    published: 0.6443,
  },
  dist: {
    loss: () => distKd({ beta: 2, gamma: 2, temperature: 4 }),
    weight: 1,
    labels: 1,
    source: 'Huang et al. 2022, https://arxiv.org/abs/2205.10536, section 5',
  },
  crd: {
    loss: (taps) => contrastiveKd({ taps: [taps.last()], weight: 0.8 }),
    weight: 1,
    labels: 1,
    source: crdTable,
    published: 0.6911,
  },
  mlkd: {
    loss: () => multiLevelKd({ temperatures: [2, 3, 4, 5, 6] }),
    weight: 0.9,
    labels: 0.1,
    source:
      'Jin et al. 2023, https://openaccess.thecvf.com/content/CVPR2023/html/Jin_Multi-Level_Logit_Distillation_CVPR_2023_paper.html',
    published: 0.7104,
  },
} as const satisfies Readonly<Record<string, Method>>;

/** A method of {@link methods}. */
export type MethodName = keyof typeof methods;

/** Methods without the teacher: inner classifiers, and the student alone as the teacher of one like it. */
export const selfTaught = ['deep', 'born-again'] as const;

/** The names that `--methods` takes. */
export const methodNames = [
  ...(Object.keys(methods) as MethodName[]),
  ...selfTaught,
] as const satisfies readonly string[];
