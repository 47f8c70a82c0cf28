import { bestEpoch, bestMetric } from './best-epoch.ts';
import type { StoredConfig } from './config-file.ts';
import type { LogContent } from './log.ts';
import type { RunRecord } from './run-record.ts';

/** What a run folder says by its `config.json`, and by its log where there is one of this run. */
export function recordOf(
  { replaces: _replaces, ...config }: StoredConfig,
  log: LogContent | undefined,
): RunRecord {
  const { epochs = [], steps = [], end, summary } = log ?? {};
  const best = bestEpoch(epochs, bestMetric(config.options.bestWeights));
  return {
    ...config,
    status: end?.status ?? 'running',
    epochs,
    ...(steps.length > 0 ? { steps } : {}),
    ...(best ? { best } : {}),
    ...(end?.test ? { test: end.test } : {}),
    seconds: epochs.reduce((sum, { seconds }) => sum + seconds, 0),
    ...(end?.error === undefined ? {} : { error: end.error }),
    ...(summary ? { summary } : {}),
  };
}
