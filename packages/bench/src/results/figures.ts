import { median, summarize } from '../measure/statistics.ts';
import type { AnyResult } from './any-result.ts';
import { lastingNames } from './names.ts';

/** The units of figures. */
export const units = ['ms', 'bytes', 'share', 'parameters', 'MACs'] as const;

/** One number of a result, under a name of its own. */
export interface Figure {
  readonly name: string;
  readonly unit: (typeof units)[number];
  readonly value: number;
  /** Standard deviation over rounds; absent where there is one value. */
  readonly std?: number;
}

/** What of a result is followed from commit to commit. */
export function figuresOf(result: AnyResult): Figure[] {
  const name = lastingNames.title(result);
  const network = lastingNames.network(result);
  if (result.kind === 'time') {
    const rounds = result.roundsMs.map(median);
    const std = rounds.length > 1 ? { std: summarize(rounds).std } : {};
    return [{ name, unit: 'ms', value: result.medianMs, ...std }];
  }
  if (result.kind === 'memory') {
    return [{ name: `${name}: memory`, unit: 'bytes', value: result.aboveFloorBytes }];
  }
  if (result.kind === 'size') {
    return Object.entries(result.files).flatMap(([dtype, { bytes, gzipBytes }]): Figure[] => [
      { name: `${network}: size in ${dtype}`, unit: 'bytes', value: bytes },
      { name: `${network}: size in ${dtype}, gzip`, unit: 'bytes', value: gzipBytes },
    ]);
  }
  if (result.kind === 'accuracy') {
    return [{ name: `${name}: accuracy`, unit: 'share', value: result.accuracy }];
  }
  const { params, macs } = result;
  return [
    { name: `${network}: parameters`, unit: 'parameters', value: params },
    ...(macs === null ? [] : [{ name: `${network}: MACs`, unit: 'MACs' as const, value: macs }]),
  ];
}
