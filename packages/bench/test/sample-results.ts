import type {
  AccuracyResult,
  BenchEnvironment,
  BenchResult,
  CostResult,
  MemoryResult,
  SizeResult,
} from '@mnet/bench';

/** Results made by hand, for tests of what is made of them. */

const environment: BenchEnvironment = {
  node: 'v24.1.0',
  tfjs: '4.22.0',
  tfjsLayers: '4.22.0',
  mnet: '0.1.0',
  backend: 'mnet',
  runtime: 'native',
  kernelBuild: 'x86-64-v3',
  threads: 2,
  cpu: 'Processor 9',
  cores: 2,
  memoryBytes: 2 ** 34,
  platform: 'linux x64',
  osRelease: '6.1',
  commit: '0123456789abcdef0123456789abcdef01234567',
  dirty: false,
};

const base = {
  model: 'mobilenet_v2',
  params: 2_236_682,
  macs: 6_100_000,
  date: '2026-01-02T03:04:05.000Z',
  environment,
};

export function timeResult(
  rounds: readonly (readonly number[])[],
  more: Partial<BenchResult> = {},
): BenchResult {
  const medians = rounds.map(
    (r) => r.toSorted((a, b) => a - b)[Math.floor(r.length / 2)] as number,
  );
  const medianMs = medians.toSorted((a, b) => a - b)[Math.floor(medians.length / 2)] as number;
  const batch = more.batch ?? 1;
  return {
    kind: 'time',
    ...base,
    mode: 'infer',
    backend: 'mnet',
    threads: 2,
    batch,
    node: '24.1.0',
    imagesPerSecond: (batch / medianMs) * 1000,
    medianMs,
    p95Ms: medianMs * 1.1,
    meanMs: medianMs,
    stdMs: medianMs / 20,
    minMs: medianMs * 0.9,
    firstMs: medianMs * 9,
    roundsMs: rounds,
    peakMemoryBytes: 2 ** 28,
    heapBytes: null,
    ...more,
  };
}

export function memoryResult(more: Partial<MemoryResult> = {}): MemoryResult {
  return {
    kind: 'memory',
    ...base,
    mode: 'train',
    backend: 'mnet',
    threads: 2,
    batch: 32,
    floorBytes: 2 ** 27,
    peakBytes: 2 ** 28,
    aboveFloorBytes: 2 ** 27,
    heapBytes: 2 ** 26,
    ...more,
  };
}

export function sizeResult(more: Partial<SizeResult> = {}): SizeResult {
  const saved = (bytes: number) => ({ bytes, gzipBytes: Math.round(bytes * 0.9) });
  return {
    kind: 'size',
    ...base,
    files: { float32: saved(9e6), float16: saved(45e5), uint8: saved(23e5) },
    ...more,
  };
}

export function accuracyResult(more: Partial<AccuracyResult> = {}): AccuracyResult {
  return {
    kind: 'accuracy',
    ...base,
    dataset: 'shapes10',
    part: 'test',
    count: 1000,
    accuracy: 0.8,
    top5: 0.99,
    loss: 0.6,
    ece: 0.05,
    ...more,
  };
}

export function costResult(more: Partial<CostResult> = {}): CostResult {
  return { kind: 'cost', ...base, nonTrainableParams: 34_112, bytes: 9_083_176, ...more };
}

/** One of each kind. */
export const oneOfEach = [
  timeResult([[1, 1.1, 1.2]]),
  memoryResult(),
  sizeResult(),
  accuracyResult(),
  costResult(),
];
