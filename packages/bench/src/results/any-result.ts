import type { AccuracyResult } from '../measure/accuracy.ts';
import type { CostResult } from '../measure/cost.ts';
import type { MemoryResult } from '../measure/memory.ts';
import type { BenchResult } from '../measure/result.ts';
import type { SizeResult } from '../measure/size.ts';

/** Whatever a benchmark writes down, told apart by its `kind`. */
export type AnyResult = BenchResult | MemoryResult | SizeResult | AccuracyResult | CostResult;
