export {
  bornAgain,
  type BornAgainOptions,
  bornAgainOptions,
  type BornAgainResult,
} from './chains/born-again.ts';
export { type ChainLink, type ChainResult, distillChain } from './chains/distill-chain.ts';
export { type DistillOptions, distill } from './distill.ts';
export { Distiller, type DistillResult } from './distiller.ts';
export {
  attentionLoss,
  attentionTransfer,
  type AttentionTransferOptions,
} from './losses/attention.ts';
export {
  type Contrast,
  type ContrastiveKdOptions,
  contrastiveKd,
  contrastiveLoss,
  contrastiveOptions,
  movedBank,
} from './losses/contrastive.ts';
export type {
  DistillationContext,
  DistillationLoss,
  DistillationSide,
  TapPair,
  TapShapes,
} from './losses/distillation-loss.ts';
export { type DistOptions, distKd, distLoss, distOptions } from './losses/dist.ts';
export {
  type DecoupledKdOptions,
  type DkdOptions,
  decoupledKd,
  decoupledKdOptions,
  dkdLoss,
} from './losses/dkd.ts';
export { fitNet, type FitNetOptions, hintLoss } from './losses/hint.ts';
export { hintonKd, kdLoss, type KdOptions, kdOptions } from './losses/kd.ts';
export {
  type MultiLevelOptions,
  multiLevelKd,
  multiLevelLoss,
  multiLevelOptions,
} from './losses/multi-level.ts';
export {
  relationalAngleLoss,
  relationalDistanceLoss,
  relationalKd,
  type RelationalKdOptions,
} from './losses/relation.ts';
export {
  similarityLoss,
  similarityPreserving,
  type SimilarityPreservingOptions,
} from './losses/similarity.ts';
export { standardized } from './losses/standardized.ts';
export { type DistillerOptions, distillerOptions, type FitOptions } from './options.ts';
export {
  deepSupervision,
  type DeepSupervisionOptions,
  deepSupervisionOptions,
} from './self/deep-supervision.ts';
export {
  type Classifier,
  selfDistillationLoss,
  type SelfDistillationOptions,
  selfDistillationOptions,
} from './self/self-loss.ts';
export type { SummaryRow } from './summary.ts';
export { type Cacheable, cacheable } from './teachers/cacheable.ts';
export {
  type CachedLogits,
  cachedTeacher,
  cacheLogits,
  type CacheLogitsOptions,
} from './teachers/cached-logits.ts';
export { type EnsembleOptions, ensembleTeacher } from './teachers/ensemble.ts';
export { modelTeacher } from './teachers/model-teacher.ts';
export {
  type RememberingTeacher,
  rememberingTeacher,
  type RememberingTeacherOptions,
} from './teachers/remembering-teacher.ts';
export type { PreparedTeacher, Teacher, TeacherBatch } from './teachers/teacher.ts';
