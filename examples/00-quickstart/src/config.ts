/** Sizes that end within two minutes on two cores. */
export const config = {
  /** Decides the pictures, the starting weights and the order of training; the environment variable SEED sets it. */
  seed: Number(process.env.SEED ?? 1),
  data: { train: 5000, validation: 500, test: 2000 },
  teacher: {
    name: 'resnet18',
    // ImageNet's strides: those for 32×32 pictures cost thirteen times as much.
    options: { width: 0.35, strides: 'paper' },
    train: { epochs: 8, batchSize: 64, learningRate: 0.003 },
  },
  /** How many of the teacher's training pictures the student has. */
  few: 150,
  student: {
    name: 'resnet18',
    options: { width: 0.125, strides: 'paper' },
    /** An epoch goes so many times over the few pictures. */
    passes: 20,
    train: { epochs: 16, batchSize: 30, learningRate: 0.004 },
  },
  // All of the loss is the teacher's: it has a better idea of a picture's crops than the label.
  alpha: 1,
  temperature: 4,
} as const;
