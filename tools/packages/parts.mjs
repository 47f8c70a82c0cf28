// What a page may load where it uses a part of a package, and what not. The sizes of the whole packages stand beside those of
// the parts in tools/size-budgets.json.

/**
 * Imports of one name: the packages of ours whose code may come with it, and whether TensorFlow.js may be imported.
 *
 * @type {readonly { name: string, from: string, brings: readonly string[], tensorflow: boolean }[]}
 */
export const parts = [
  {
    name: 'modelCost',
    from: '@mnet/models',
    brings: ['models', 'layers', 'ops', 'core'],
    tensorflow: true,
  },
  {
    name: 'separableCost',
    from: '@mnet/models',
    brings: ['models', 'layers', 'core'],
    tensorflow: true,
  },
  {
    name: 'listModels',
    from: '@mnet/models',
    brings: ['models', 'layers', 'core'],
    tensorflow: false,
  },
  {
    name: 'createModel',
    from: '@mnet/models',
    brings: ['models', 'layers', 'ops', 'core'],
    tensorflow: true,
  },
  { name: 'ConvBnAct', from: '@mnet/layers', brings: ['layers', 'ops', 'core'], tensorflow: true },
  { name: 'makeDivisible', from: '@mnet/layers', brings: ['layers', 'core'], tensorflow: false },
  { name: 'softmaxCrossEntropy', from: '@mnet/ops', brings: ['ops', 'core'], tensorflow: true },
  { name: 'hintonKd', from: '@mnet/distill', brings: ['distill', 'ops', 'core'], tensorflow: true },
  {
    name: 'attentionTransfer',
    from: '@mnet/distill',
    brings: ['distill', 'core'],
    tensorflow: true,
  },
  { name: 'fitNet', from: '@mnet/distill', brings: ['distill', 'core'], tensorflow: true },
  { name: 'sgd', from: '@mnet/train', brings: ['train', 'ops', 'core'], tensorflow: true },
  { name: 'cosine', from: '@mnet/train', brings: ['train', 'core'], tensorflow: false },
  {
    name: 'train',
    from: '@mnet/train',
    brings: ['train', 'data', 'layers', 'ops', 'core'],
    tensorflow: true,
  },
  { name: 'shapes10', from: '@mnet/data', brings: ['data', 'core'], tensorflow: false },
  { name: 'batches', from: '@mnet/data', brings: ['data', 'core'], tensorflow: true },
  { name: 'renderReport', from: '@mnet/bench', brings: ['bench', 'core'], tensorflow: false },
];
