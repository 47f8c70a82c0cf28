export {
  type LatencyOptions,
  measureLatency,
  measureThroughput,
  type ThroughputOptions,
} from './measure/measure.ts';
export type { BenchResult, Mode } from './measure/result.ts';
export { type Summary, summarize } from './measure/statistics.ts';
export { type ReportOptions, type ReportRun, renderReport, writeReport } from './report/report.ts';
