/** Sizes that end within three minutes on two cores and still leave the student something to learn from the teacher. */
export const config = {
  /** Decides the pictures, the starting weights and the order of training; the environment variable SEED sets it. */
  seed: Number(process.env.SEED ?? 1),
  data: { train: 4000, validation: 500, test: 2000 },
  teacher: {
    name: 'resnet18',
    // ImageNet's strides: those for 32×32 pictures cost thirteen times as much.
    options: { width: 0.35, strides: 'paper' },
    train: { epochs: 6, batchSize: 64, learningRate: 0.002 },
  },
  student: {
    name: 'mobilenet_v2',
    // A stride of 2 fewer than in the paper, which would leave 1×1 of a 32×32 picture.
    options: { width: 0.25, scaleHead: true, strides: [2, 1, 2, 1, 2, 1, 2, 1] },
    train: { epochs: 5, batchSize: 32, learningRate: 0.003 },
  },
  alpha: 0.9,
  temperature: 4,
} as const;
