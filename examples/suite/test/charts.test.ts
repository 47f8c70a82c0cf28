import { chartSvg } from '@mnet/bench';
import type { ArmResult } from '@mnet/cli';
import { describe, expect, it } from 'vitest';
import { courseByEpoch } from '../src/charts.ts';

const result = (seed: number): ArmResult => ({
  arm: 'a',
  width: 1,
  seed,
  folder: `seed-${seed}`,
  network: 'net',
  dataset: 'data',
  parameters: 10,
  macs: 1000,
  status: 'finished',
  epochs: 2,
  secondsPerEpoch: 1,
});

describe('the course of trainings', () => {
  const results = [result(1), result(2)];

  it('is the validation accuracy, of the runs that have one', () => {
    const records = [
      { epochs: [{ trainLoss: 2 }, { trainLoss: 1, validationAccuracy: 0.5 }] },
      { epochs: [{ trainLoss: 3 }, { trainLoss: 2 }] },
    ];
    const svg = chartSvg(courseByEpoch({ results, records }));
    expect(svg).toContain('Validation accuracy');
    expect(svg).toContain('50%');
  });

  it('is the loss where no images are held out', () => {
    const records = [
      { epochs: [{ trainLoss: 2 }, { trainLoss: 1 }] },
      { epochs: [{ trainLoss: 3 }] },
    ];
    const svg = chartSvg(courseByEpoch({ results, records }));
    expect(svg).toContain('Loss on the training images');
    expect(svg).not.toContain('NaN');
  });
});
