// What is made of results that were written down. It is an entry of its own, which loads no TensorFlow.js.
export {
  type Comparison,
  type Comparisons,
  type CompareOptions,
  compareResults,
  compareWithFirst,
  type NoiseSource,
} from '../compare/compare.ts';
export { pairedRatio } from '../compare/paired-ratio.ts';
export type { RatioInterval } from '../compare/ratio-interval.ts';
export { unpairedRatio } from '../compare/unpaired-ratio.ts';
export { type Slowdown, slowdown, type SlowdownOptions } from '../compare/slowdown.ts';
export type { AnyResult } from './any-result.ts';
export { titleOf } from './names.ts';
export type { Figure as BenchFigure } from './figures.ts';
export { parseResults, readResults, resultFile, writeResults } from './result-file.ts';
export { type ActionFigure, actionFigures } from '../bench-report/action.ts';
export {
  type BenchReportOptions,
  renderBenchReport,
  writeBenchReport,
} from '../bench-report/bench-page.ts';
export { type FigureTable, figureTables } from '../bench-report/figure-tables.ts';
export { benchMarkdown, markdownTable } from '../bench-report/markdown.ts';
export { textTable } from '../bench-report/text-table.ts';
export {
  appendToHistory,
  historyEntry,
  type HistoryEntry,
  parseHistory,
} from '../history/history.ts';
export { historyPage } from '../history/history-page.ts';
