export {
  type LatencyOptions,
  latencyOptions,
  measureLatency,
  measureThroughput,
  type ThroughputOptions,
  throughputOptions,
} from './measure/measure.ts';
export { type BenchResult, type Mode, modes } from './measure/result.ts';
export { type Summary, summarize } from './measure/statistics.ts';
export { type ReportOptions, renderReport, writeReport } from './report/report.ts';
export type { ReportRun } from './report/report-run.ts';
