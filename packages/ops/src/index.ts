export { type Activation, activate, activations, assertActivation } from './activation.ts';
export {
  type BatchNormOptions,
  type BatchNormParameters,
  batchNormInference,
  batchNormTrain,
  type MovingStatistics,
} from './batch-norm.ts';
export { globalAveragePool, scaleChannels } from './channels.ts';
export { valueAndGradients } from './gradients.ts';
export { distillationLoss, softmaxCrossEntropy } from './losses.ts';
export { type AdamStepOptions, adamStep, type SgdStepOptions, sgdStep } from './optimizers.ts';
