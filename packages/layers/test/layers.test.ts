import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {
  BasicBlock,
  ConvBnAct,
  DenseAct,
  DepthwiseConvBnAct,
  DepthwiseSeparableConv,
  GlobalAveragePool,
  InvertedResidual,
  MaxPool,
  SeededDropout,
  SqueezeExcite,
} from '@mnet/layers';
import { beforeAll, expect, test } from 'vitest';
import { checkLayer, type LayerContract } from './layer-contract.ts';
beforeAll(() => setBackend('cpu'));

const bn = (part: string, channels: number): Record<string, number[]> => ({
  [`${part}moving_mean`]: [channels],
  [`${part}moving_variance`]: [channels],
});
const conv = (part: string, kernel: number[], channels: number): Record<string, number[]> => ({
  [`${part}kernel`]: kernel,
  [`${part}gamma`]: [channels],
  [`${part}beta`]: [channels],
});

const contracts: Record<string, LayerContract> = {
  'ConvBnAct 3×3': {
    create: () => new ConvBnAct({ filters: 4, seed: 1 }),
    inputShape: [5, 6, 3],
    outputShape: [5, 6, 4],
    weights: { ...conv('', [3, 3, 3, 4], 4), ...bn('', 4) },
    trained: 3,
    macs: 30 * 9 * 3 * 4,
  },
  'ConvBnAct 5×5, stride 2, hard-swish, frozen statistics': {
    create: () =>
      new ConvBnAct({ filters: 4, kernelSize: 5, stride: 2, activation: 'hardSwish', seed: 1 }),
    inputShape: [6, 7, 3],
    outputShape: [3, 4, 4],
    weights: { ...conv('', [5, 5, 3, 4], 4), ...bn('', 4) },
    trained: 3,
    macs: 12 * 25 * 3 * 4,
    training: false,
  },
  'ConvBnAct with padding same': {
    create: () => new ConvBnAct({ filters: 2, stride: 2, padding: 'same', seed: 1 }),
    inputShape: [6, 5, 3],
    outputShape: [3, 3, 2],
    weights: { ...conv('', [3, 3, 3, 2], 2), ...bn('', 2) },
    trained: 3,
    macs: 9 * 9 * 3 * 2,
  },
  'ConvBnAct with a bias': {
    create: () => new ConvBnAct({ filters: 4, useBn: false, activation: 'relu6', seed: 1 }),
    inputShape: [4, 4, 3],
    outputShape: [4, 4, 4],
    weights: { kernel: [3, 3, 3, 4], bias: [4] },
    macs: 16 * 9 * 3 * 4,
  },
  'ConvBnAct with a bias, both started evenly': {
    create: () => new ConvBnAct({ filters: 4, useBn: false, start: 'uniform', seed: 1 }),
    inputShape: [4, 4, 3],
    outputShape: [4, 4, 4],
    weights: { kernel: [3, 3, 3, 4], bias: [4] },
    macs: 16 * 9 * 3 * 4,
  },
  'DepthwiseConvBnAct 5×5, stride 2': {
    create: () =>
      new DepthwiseConvBnAct({ kernelSize: 5, stride: 2, activation: 'relu6', seed: 1 }),
    inputShape: [7, 6, 3],
    outputShape: [4, 3, 3],
    weights: { ...conv('', [5, 5, 3, 1], 3), ...bn('', 3) },
    trained: 3,
    macs: 12 * 25 * 3,
  },
  'DepthwiseConvBnAct with a bias, valid': {
    create: () =>
      new DepthwiseConvBnAct({ padding: 'valid', useBn: false, activation: 'hardSwish', seed: 1 }),
    inputShape: [5, 6, 3],
    outputShape: [3, 4, 3],
    weights: { kernel: [3, 3, 3, 1], bias: [3] },
    macs: 12 * 9 * 3,
  },
  DepthwiseSeparableConv: {
    create: () => new DepthwiseSeparableConv({ filters: 4, stride: 2, seed: 1 }),
    inputShape: [6, 6, 3],
    outputShape: [3, 3, 4],
    weights: {
      ...conv('depthwise/', [3, 3, 3, 1], 3),
      ...conv('pointwise/', [1, 1, 3, 4], 4),
      ...bn('depthwise/', 3),
      ...bn('pointwise/', 4),
    },
    trained: 6,
    macs: 9 * (9 * 3 + 3 * 4),
  },
  'InvertedResidual with a shortcut': {
    create: () => new InvertedResidual({ filters: 3, expansion: 2, seed: 1 }),
    inputShape: [4, 4, 3],
    outputShape: [4, 4, 3],
    weights: {
      ...conv('expand/', [1, 1, 3, 6], 6),
      ...conv('depthwise/', [3, 3, 6, 1], 6),
      ...conv('project/', [1, 1, 6, 3], 3),
      ...bn('expand/', 6),
      ...bn('depthwise/', 6),
      ...bn('project/', 3),
    },
    trained: 9,
    macs: 16 * (3 * 6 + 9 * 6 + 6 * 3),
  },
  'InvertedResidual that widens nothing': {
    create: () => new InvertedResidual({ filters: 4, expansion: 1, stride: 2, seed: 1 }),
    inputShape: [4, 4, 3],
    outputShape: [2, 2, 4],
    weights: {
      ...conv('depthwise/', [3, 3, 3, 1], 3),
      ...conv('project/', [1, 1, 3, 4], 4),
      ...bn('depthwise/', 3),
      ...bn('project/', 4),
    },
    trained: 6,
    macs: 4 * (9 * 3 + 3 * 4),
  },
  'InvertedResidual of MobileNetV3': {
    create: () =>
      new InvertedResidual({
        filters: 3,
        expandedFilters: 16,
        kernelSize: 5,
        squeezeReduction: 2,
        activation: 'hardSwish',
        epsilon: 1e-3,
        momentum: 0.01,
        seed: 1,
      }),
    inputShape: [4, 4, 3],
    outputShape: [4, 4, 3],
    weights: {
      ...conv('expand/', [1, 1, 3, 16], 16),
      ...conv('depthwise/', [5, 5, 16, 1], 16),
      'squeeze_excite/reduce/kernel': [16, 8],
      'squeeze_excite/reduce/bias': [8],
      'squeeze_excite/expand/kernel': [8, 16],
      'squeeze_excite/expand/bias': [16],
      ...conv('project/', [1, 1, 16, 3], 3),
      ...bn('expand/', 16),
      ...bn('depthwise/', 16),
      ...bn('project/', 3),
    },
    trained: 13,
    macs: 16 * (3 * 16 + 25 * 16 + 16 * 3) + 2 * 16 * 8,
  },
  SqueezeExcite: {
    create: () => new SqueezeExcite({ reduction: 2, seed: 1 }),
    inputShape: [3, 4, 16],
    outputShape: [3, 4, 16],
    weights: {
      'reduce/kernel': [16, 8],
      'reduce/bias': [8],
      'expand/kernel': [8, 16],
      'expand/bias': [16],
    },
    macs: 2 * 16 * 8,
  },
  'SqueezeExcite, started evenly': {
    create: () => new SqueezeExcite({ reduction: 2, start: 'uniform', seed: 1 }),
    inputShape: [3, 4, 16],
    outputShape: [3, 4, 16],
    weights: {
      'reduce/kernel': [16, 8],
      'reduce/bias': [8],
      'expand/kernel': [8, 16],
      'expand/bias': [16],
    },
    macs: 2 * 16 * 8,
  },
  'BasicBlock that keeps the shape': {
    create: () => new BasicBlock({ filters: 3, seed: 1 }),
    inputShape: [4, 4, 3],
    outputShape: [4, 4, 3],
    weights: {
      ...conv('conv1/', [3, 3, 3, 3], 3),
      ...conv('conv2/', [3, 3, 3, 3], 3),
      ...bn('conv1/', 3),
      ...bn('conv2/', 3),
    },
    trained: 6,
    macs: 16 * 2 * 81,
  },
  'BasicBlock that shrinks': {
    create: () => new BasicBlock({ filters: 4, stride: 2, seed: 1 }),
    inputShape: [5, 4, 3],
    outputShape: [3, 2, 4],
    weights: {
      ...conv('conv1/', [3, 3, 3, 4], 4),
      ...conv('conv2/', [3, 3, 4, 4], 4),
      ...conv('shortcut/', [1, 1, 3, 4], 4),
      ...bn('conv1/', 4),
      ...bn('conv2/', 4),
      ...bn('shortcut/', 4),
    },
    trained: 9,
    macs: 6 * (9 * 12 + 9 * 16 + 12),
  },
  GlobalAveragePool: {
    create: () => new GlobalAveragePool(),
    inputShape: [3, 4, 2],
    outputShape: [2],
    weights: {},
    macs: 0,
  },
  MaxPool: {
    create: () => new MaxPool(),
    inputShape: [5, 6, 2],
    outputShape: [3, 3, 2],
    weights: {},
    macs: 0,
  },
  DenseAct: {
    create: () => new DenseAct({ units: 4, seed: 1 }),
    inputShape: [3],
    outputShape: [4],
    weights: { kernel: [3, 4], bias: [4] },
    macs: 12,
  },
  'DenseAct, started evenly': {
    create: () => new DenseAct({ units: 4, start: 'uniform', seed: 1 }),
    inputShape: [3],
    outputShape: [4],
    weights: { kernel: [3, 4], bias: [4] },
    macs: 12,
  },
  SeededDropout: {
    create: () => new SeededDropout({ rate: 0.5, seed: 1 }),
    inputShape: [40],
    outputShape: [40],
    weights: {},
    macs: 0,
  },
};

test.each(Object.entries(contracts))('%s keeps the contract of a layer', async (_, contract) => {
  await expect(checkLayer(contract)).resolves.toBeUndefined();
});
