import '@mnet/backend';
import { Random } from '@mnet/core/random';
import type { ImageDataset } from '@mnet/data';
import { createModel } from '@mnet/models';
import { evaluate, recalibrateBatchNorm, sgd, train } from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it, vi } from 'vitest';

// A machine that is busy with other work takes its time.
vi.setConfig({ testTimeout: 300_000 });
beforeAll(() => setBackend('mnet'));

/** Noise of eight colours, the classes: an easy task, which a network learns in a few steps. */
function coloured(length: number, seed: number): ImageDataset {
  const random = new Random(seed);
  const labels = Int32Array.from({ length }, (_, n) => n % 8);
  const images = Uint8Array.from({ length: length * 3072 }, (_, i) => {
    const label = labels[Math.floor(i / 3072)] as number;
    return ((label >> (i % 3)) & 1) * 120 + random.below(135);
  });
  const classes = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
  const statistics = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
  return { name: 'coloured', shape: [32, 32, 3], classes, ...statistics, images, labels, length };
}

const data = { train: coloured(960, 1), validation: coloured(200, 2) };
const seeds = [1, 2, 3];
const meanOf = (values: number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** After 60 steps, one model a seed. */
async function trained(): Promise<{ models: LayersModel[]; accuracy: number }> {
  const models: LayersModel[] = [];
  const accuracies: number[] = [];
  for (const seed of seeds) {
    const model = createModel('mobilenet_v3_small', {
      classes: 8,
      width: 0.35,
      strides: 'paper',
      seed,
    });
    const optimizer = sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true });
    const { best } = await train(model, data, { epochs: 1, batchSize: 16, optimizer, seed });
    models.push(model);
    accuracies.push(best.validationAccuracy as number);
  }
  return { models, accuracy: meanOf(accuracies) };
}

it('MobileNetV3 on few images is near chance at its own momentum, of which train warns, until its statistics are measured', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const { models, accuracy } = await trained();
  const lines = warn.mock.calls.map(([line]) => String(line));
  expect(
    lines.filter((line) => /60 steps are too few .* still be 55 % .* momentum: 0.1 }/.test(line)),
  ).toHaveLength(3);
  // Means of three models, as one's last digits depend on the kernels' build; chance is 0.125.
  expect(accuracy).toBeLessThan(0.45);
  const measured: number[] = [];
  for (const model of models) {
    await recalibrateBatchNorm(model, data.train);
    measured.push((await evaluate(model, data.validation)).accuracy);
    model.dispose();
  }
  expect(meanOf(measured)).toBeGreaterThan(accuracy + 0.25);

  warn.mockRestore();
});
