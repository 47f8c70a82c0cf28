/** Sizes that end within three minutes on two cores and still leave the student something to learn from the teacher. */
export const config = {
  seed: 1,
  data: { train: 4000, validation: 1000, test: 2000 },
  teacher: { network: 'resnet18', width: 0.5, epochs: 8 },
  student: { network: 'mobilenet_v2', width: 0.25, epochs: 8 },
  batchSize: 64,
  learningRate: 0.002,
  alpha: 0.7,
  temperature: 4,
} as const;
