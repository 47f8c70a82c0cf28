import { pickBackend } from '@mnet/backend';
import { type BenchResult, measureLatency, renderReport } from '@mnet/bench';
import { configDifferences } from '@mnet/bench/settings';
import { createModel } from '@mnet/models';

await pickBackend({ prefer: 'mnet' });
const model = createModel('mobilenet_v1', { classes: 10, width: 0.1, seed: 1 });
const result: BenchResult = await measureLatency(model, { runs: 2, warmup: 1 });
if (!(result.medianMs > 0)) throw new Error(`got ${result.medianMs} ms`);
if (configDifferences([]).length > 0 || typeof renderReport !== 'function')
  throw new Error('differences of nothing');
console.log(`a latency on ${result.backend}, ${result.threads} threads`);
