export {
  type LatencyOptions,
  latencyOptions,
  measureLatency,
  measureThroughput,
  type ThroughputOptions,
  throughputOptions,
} from './measure/measure.ts';
export {
  type AccuracyOptions,
  type AccuracyResult,
  accuracyResult,
  evaluateAsTrained,
  measureAccuracy,
} from './measure/accuracy.ts';
export { type CostResult, measureCost } from './measure/cost.ts';
export { type BenchEnvironment, benchEnvironment } from './measure/environment.ts';
export {
  measureMemory,
  type MemoryOptions,
  memoryOptions,
  type MemoryResult,
} from './measure/memory.ts';
export { type Mode, modes } from './measure/kinds.ts';
export {
  type BenchResult,
  mergeRounds,
  type ResultBase,
  type RunResultBase,
} from './measure/result.ts';
export { measureSize, type SavedBytes, type SizeResult } from './measure/size.ts';
export { type Summary, summarize } from './measure/statistics.ts';
export * from './results/index.ts';
export type { Axis } from './charts/axis.ts';
export { type Bar, barChart, type BarChartOptions, type Category } from './charts/bar-chart.ts';
export type { Box } from './charts/box.ts';
export { chartSvg, writeChart } from './charts/chart-svg.ts';
export type { Drawing, Figure } from './charts/figure.ts';
export { heatMap, type HeatMapOptions } from './charts/heat-map.ts';
export type { KeyEntry } from './charts/key.ts';
export { lineChart, type LineChartOptions, type Point, type Series } from './charts/line-chart.ts';
export {
  parallelCoordinates,
  type ParallelAxis,
  type ParallelCoordinatesOptions,
  type ParallelLine,
} from './charts/parallel-coordinates.ts';
export { type Mark, scatterChart, type ScatterChartOptions } from './charts/scatter-chart.ts';
export { compact, count, percent, seconds, shortPercent } from './page/format.ts';
export { type Content, html, type Markup } from './page/html.ts';
export { folded, page, type PageOptions, section, sideBySide, writePage } from './page/page.ts';
export { picture } from './page/picture.ts';
export { type Cell, table } from './page/table.ts';
export { type ConfigDifference, configDifferences } from './report/config-differences.ts';
export type { PublishedFigure } from './report/published.ts';
export { type ReportOptions, renderReport, writeReport } from './report/report.ts';
export type { ReportRun } from './report/report-run.ts';
