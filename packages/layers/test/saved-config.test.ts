import type { serialization } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
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
import { expect, test } from 'vitest';

const normalization =
  '"padding":"symmetric","useBn":true,"epsilon":0.00001,"momentum":0.1,"start":"heNormalUngrouped","seed":1';
const window = (kernelSize: number, activation: string): string =>
  `"kernelSize":${kernelSize},"stride":1,"activation":"${activation}",${normalization}`;

// What saved models hold and must go on to hold, in its order, with the defaults filled in.
const saved: [make: () => layers.Layer, config: string][] = [
  [() => new ConvBnAct({ filters: 2, seed: 1 }), `${window(3, 'relu')},"filters":2`],
  [
    () => new ConvBnAct({ filters: 2, scale: false, start: 'dirac', seed: 1 }),
    `${window(3, 'relu').replace('heNormalUngrouped', 'dirac')},"scale":false,"filters":2`,
  ],
  [() => new DepthwiseConvBnAct({ kernelSize: 5, seed: 1 }), window(5, 'relu')],
  [() => new DepthwiseSeparableConv({ filters: 2, seed: 1 }), `"filters":2,${window(3, 'relu')}`],
  [() => new BasicBlock({ filters: 2, seed: 1 }), `"filters":2,${window(3, 'relu')}`],
  [
    () => new InvertedResidual({ filters: 2, expansion: 6, seed: 1 }),
    `"filters":2,${window(3, 'relu6')},"expansion":6,"squeezeReduction":0`,
  ],
  [
    () => new InvertedResidual({ filters: 2, expandedFilters: 9, squeezeReduction: 4, seed: 1 }),
    `"filters":2,${window(3, 'relu6')},"expandedFilters":9,"squeezeReduction":4`,
  ],
  [() => new SqueezeExcite({ seed: 1 }), '"reduction":4,"start":"heNormalUngrouped","seed":1'],
  [() => new MaxPool(), '"poolSize":3,"stride":2,"padding":"symmetric"'],
  [
    () => new DenseAct({ units: 2, seed: 1 }),
    '"units":2,"activation":"hardSwish","start":"normal","deviation":0.01,"seed":1',
  ],
  [
    () => new DenseAct({ units: 2, start: 'uniform', seed: 1 }),
    '"units":2,"activation":"hardSwish","start":"uniform","seed":1',
  ],
  [() => new SeededDropout({ rate: 0.5, seed: 1 }), '"rate":0.5,"seed":1'],
  [() => new GlobalAveragePool(), ''],
];

test.each(saved)('%s', (make, own) => {
  const layer = make();
  const config = layer.getConfig();
  const ofTfjs = `"name":"${layer.name}","trainable":true`;
  expect(JSON.stringify(config)).toBe(`{${[ofTfjs, own].filter(Boolean).join(',')}}`);
  // tfjs adds the classes that a program passes to it, and leaves keys without a value.
  const Class = layer.constructor as serialization.SerializableConstructor<layers.Layer> & {
    fromConfig: typeof layers.Layer.fromConfig;
  };
  const loaded = Class.fromConfig(Class, {
    ...config,
    inputDType: undefined as never,
    weights: null,
    customObjects: {},
  });
  expect(loaded.getConfig()).toEqual(config);
});

test.each(['seed', 'kernelSize', 'activation'])('null is no %s', (key) => {
  const make = (): layers.Layer => new ConvBnAct({ filters: 1, [key]: null as never });
  expect(make).toThrow(`ConvBnAct: ${key}: got null, takes `);
});
