export { type Activation, activate, activations, assertActivation } from './activation.ts';
export {
  type BatchNormOptions,
  type BatchNormParameters,
  batchNormInference,
  batchNormTrain,
  type MovingStatistics,
} from './batch-norm.ts';
export { globalAveragePool, scaleChannels } from './channels.ts';
export { constant } from './constant.ts';
export { valueAndGradients } from './gradients.ts';
export {
  countHits,
  type CrossEntropyWithHits,
  distillationLoss,
  softmaxCrossEntropy,
  softmaxCrossEntropyWithHits,
} from './losses.ts';
export {
  weightedCrossEntropy,
  type WeightedCrossEntropyOptions,
} from './weighted-cross-entropy.ts';
export { type AdamStepOptions, adamStep } from './optimizers/adam-step.ts';
export {
  captureStep,
  type CapturedStep,
  type ComputedStep,
  computeStep,
  type TellVarying,
} from './capture-step.ts';
export { copiesOf, type SharedPackage, warnOfCopies } from './copies.ts';
export { accumulateStep, emaStep, lookaheadStep } from './optimizers/blend-step.ts';
export { clipScale } from './optimizers/clip-scale.ts';
export {
  type RmspropSlots,
  type RmspropStepOptions,
  rmspropStep,
} from './optimizers/rmsprop-step.ts';
export { type SgdStepOptions, sgdStep } from './optimizers/sgd-step.ts';
export type { UpdateOptions } from './optimizers/update.ts';
