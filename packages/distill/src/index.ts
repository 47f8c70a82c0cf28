export { type DistillOptions, distill } from './distill.ts';
export {
  Distiller,
  type DistillerOptions,
  type DistillResult,
  type FitOptions,
  type SummaryRow,
} from './distiller.ts';
export { attentionLoss, attentionTransfer } from './losses/attention.ts';
export type {
  DistillationContext,
  DistillationLoss,
  DistillationSide,
  TapPair,
  TapShapes,
} from './losses/distillation-loss.ts';
export {
  type DecoupledKdOptions,
  type DkdOptions,
  decoupledKd,
  dkdLoss,
} from './losses/dkd.ts';
export { fitNet, hintLoss } from './losses/hint.ts';
export { hintonKd, kdLoss } from './losses/kd.ts';
export { type Cacheable, cacheable } from './teachers/cacheable.ts';
export { type CachedLogits, cachedTeacher, cacheLogits } from './teachers/cached-logits.ts';
export { type EnsembleOptions, ensembleTeacher } from './teachers/ensemble.ts';
export { modelTeacher } from './teachers/model-teacher.ts';
export type { PreparedTeacher, Teacher, TeacherBatch } from './teachers/teacher.ts';
