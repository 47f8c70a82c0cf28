/** One line of the project's results: an experiment, what it is told, and how it stands beside what it answers. */
export interface Row {
  /** Of its folder of runs and of its folder in `docs/results/`. */
  readonly name: string;
  /** What the page calls it. */
  readonly title: string;
  /** The example, such as `01-mobilenet-v1`. */
  readonly example: string;
  /** What the example is told beside its own defaults, by the keys of its flags. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** From how many seeds everything is trained, the first of them 1. */
  readonly seeds: number;
  /** Whether it compares methods (`--methods` of its example), of which some may be made today and others another time. */
  readonly hasMethods?: true;
  /**
   * What it is for, where it is no result: `choosing` tries settings (`--factors` of its example), of which the validation
   * images tell the best; `timing` only measures seconds.
   */
  readonly purpose?: 'choosing' | 'timing';
  /** Whether a time decides how long it trains: made again it has other bits, and is held against what was kept by its accuracy. */
  readonly isTimed?: true;
  /** What is less than in the work that it answers, and how much there; absent: nothing is. */
  readonly shortened?: string;
}

/** All rows, in the order of the page. */
export const rows: readonly Row[] = [
  {
    name: '01-mobilenet-v1',
    title: "MobileNetV1 on CIFAR-10, the paper's strides",
    example: '01-mobilenet-v1',
    flags: {},
    seeds: 3,
  },
  {
    name: '01-mobilenet-v1-cifar-strides',
    title: 'MobileNetV1 on CIFAR-10, strides for 32×32 pictures',
    example: '01-mobilenet-v1',
    flags: { strides: 'cifar' },
    seeds: 3,
  },
  {
    name: '02-normal-cnn',
    title: 'NormalCNN beside MobileNetV1 on CIFAR-10',
    example: '02-normal-cnn',
    flags: {},
    seeds: 3,
  },
  {
    name: '03-transfer-learning',
    title: 'MobileNetV1 from CIFAR-10 to CIFAR-100',
    example: '03-transfer-learning',
    flags: {},
    seeds: 3,
  },
  {
    name: '04-mobilenet-v2',
    title: 'MobileNetV2 on CIFAR-10',
    example: '04-mobilenet-v2',
    flags: {},
    seeds: 3,
  },
  {
    name: '05-width-multiplier',
    title: 'MobileNetV2 on CIFAR-10 by width',
    example: '05-width-multiplier',
    flags: { widths: [0.25, 0.5] },
    seeds: 3,
  },
  {
    name: '06-knowledge-distillation',
    title: 'MobileNetV2 on CIFAR-10 taught by ResNet-18',
    example: '06-knowledge-distillation',
    flags: { pretrain: 'cifar100' },
    seeds: 3,
    shortened: 'CIFAR-100 stands in for ImageNet',
  },
  {
    name: '06-knowledge-distillation-cifar-strides',
    title: 'MobileNetV2 on CIFAR-10 taught by ResNet-18 with strides for 32×32 pictures',
    example: '06-knowledge-distillation',
    flags: { teachers: ['scratch'], teacherStrides: 'cifar' },
    seeds: 3,
  },
  ...['small', 'large'].flatMap((network) =>
    [0.25, 0.5, 1].map(
      (width): Row => ({
        name: `07-mobilenet-v3-${network}-${width}`,
        title: `MobileNetV3 ${network} ×${width} on CIFAR-100`,
        example: '07-mobilenet-v3',
        flags: { networks: [network], widths: [width] },
        seeds: 3,
      }),
    ),
  ),
  {
    name: '11-distillation-methods',
    title: 'MobileNetV2 ×0.5 on CIFAR-100 by every method of distillation',
    example: '11-distillation-methods',
    flags: {
      rememberTeacher: true,
      // What its trials, the next row, have found.
      also: [
        'kd-x3',
        'kd-standardized-x3',
        'dkd-x3',
        'hint-x0.3',
        'attention-x0.3',
        'sp-x0.3',
        'rkd-x0.3',
        'dist-x3',
        'crd-x0.3',
        'mlkd-x3',
        'deep-x0.3',
        'born-again-x0.3',
      ],
    },
    seeds: 3,
    hasMethods: true,
  },
  {
    name: '11-distillation-methods-trials',
    title:
      'What each method of distillation adds, times 0.3, 1 and 3: trials at the published rate',
    example: '11-distillation-methods',
    flags: {
      factors: [0.3, 1, 3],
      epochs: 5,
      teacherEpochs: 20,
      rememberTeacher: true,
      // The published comparison's, for batches of 128; no gradient is as long as that.
      lr: 0.02,
      clipNorm: 1e9,
      crop: 4,
    },
    seeds: 1,
    hasMethods: true,
    purpose: 'choosing',
    shortened: '5 of 20 epochs, to choose by',
  },
  {
    name: '11-distillation-methods-seconds',
    title: 'What an epoch of each method of distillation takes',
    example: '11-distillation-methods',
    flags: { epochs: 1 },
    seeds: 1,
    purpose: 'timing',
    shortened: '1 of 20 epochs, for its seconds',
  },
  {
    name: '12-speedrun',
    title: '94 % on CIFAR-10, seconds from the start of the process',
    example: '12-speedrun',
    flags: { target: 0.94 },
    seeds: 5,
  },
  {
    name: '12-speedrun-mobilenet-v2',
    title: 'MobileNetV2 on CIFAR-10 in ten minutes',
    example: '12-speedrun',
    flags: { network: 'mobilenet_v2', minutes: 10 },
    seeds: 3,
    isTimed: true,
  },
  {
    name: 'drawn',
    title: 'MobileNetV1 ×0.25 on drawn pictures: seconds, and no download',
    example: '01-mobilenet-v1',
    flags: {
      dataset: 'shapes10',
      limit: 1000,
      epochs: 4,
      batchSize: 20,
      width: 0.25,
      strides: 'stem1',
    },
    seeds: 3,
    shortened: 'no real data, it shows that the bits are the same',
  },
];

/**
 * Those that are meant, in their order.
 *
 * @throws for a name that no row has
 */
export function rowsNamed(names: readonly string[]): Row[] {
  for (const name of names) {
    if (rows.some((row) => row.name === name)) continue;
    throw new Error(`row: got '${name}', takes ${rows.map((row) => row.name).join(', ')}`);
  }
  return rows.filter(({ name }) => names.includes(name));
}
