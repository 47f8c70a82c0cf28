import { cpus } from 'node:os';
import type { BenchResult } from '@mnet/bench';
import { type BackendName, type MeasureContext, benchProcess } from '@mnet/cli';
import type { ModelName } from '@mnet/models';
import type { LatencyFlags } from './flags.ts';

/** One network of one width on one backend. */
export interface Latency {
  readonly network: ModelName;
  readonly width: number;
  readonly backend: BackendName;
  readonly repetitions: number;
  /** What `mnet-bench latency` has written; absent where it failed. */
  readonly result?: BenchResult;
  /** Why it failed. */
  readonly error?: string;
}

/** `results.json` */
export interface Latencies {
  readonly processor: string;
  readonly cores: number;
  readonly batch: number;
  readonly warmup: number;
  readonly size: number;
  readonly classes: number;
  readonly deploy: boolean;
  /** Backends that are not installed, with the command that installs them. */
  readonly absent: readonly { readonly backend: BackendName; readonly install: string }[];
  readonly latencies: readonly Latency[];
}

/** Measures all, one after the other, each in a process of its own, so that none finds another's memory or caches. */
export async function measureAll(
  flags: LatencyFlags,
  { signal, keep }: MeasureContext,
): Promise<Latencies> {
  const { networks, widths, backends, batch, warmup, size, classes, deploy } = flags;
  const absent: Latencies['absent'][number][] = [];
  const latencies: Latency[] = [];
  const [processor] = cpus();
  const results: Latencies = {
    processor: processor?.model ?? 'unknown',
    cores: cpus().length,
    batch,
    warmup,
    size,
    classes,
    deploy,
    absent,
    latencies,
  };
  for (const backend of backends) {
    for (const network of networks) {
      for (const width of widths) {
        if (absent.some((each) => each.backend === backend)) continue;
        const latency = await measureOne(flags, network, width, backend, signal);
        const install = /npm install .*/.exec(latency.error ?? '')?.[0];
        if (install !== undefined) absent.push({ backend, install });
        else latencies.push(latency);
        console.error(progressOf(latency));
        await keep(results);
      }
    }
  }
  return results;
}

async function measureOne(
  flags: LatencyFlags,
  network: ModelName,
  width: number,
  backend: BackendName,
  signal: AbortSignal,
): Promise<Latency> {
  const { batch, warmup, size, classes, strides, threads, deploy } = flags;
  const repetitions =
    backend === 'cpu' ? (flags.cpuRepetitions ?? flags.repetitions) : flags.repetitions;
  const named = {
    model: network,
    width,
    backend,
    runs: repetitions,
    batch,
    warmup,
    size,
    classes,
    strides,
  };
  const several = backend === 'mnet' || backend === 'tensorflow';
  const outcome = await benchProcess(
    [
      'latency',
      ...Object.entries(named).flatMap(([key, value]) => [`--${key}`, String(value)]),
      ...(threads !== undefined && several ? ['--threads', String(threads)] : []),
      ...(deploy ? [] : ['--no-deploy']),
      '--json',
      '-',
    ],
    signal,
  );
  const about = { network, width, backend, repetitions };
  if (outcome.status === 0) {
    return { ...about, result: JSON.parse(outcome.stdout) as BenchResult };
  }
  const said = outcome.stderr.trim().split('\n');
  const error = said.find((line) => line.startsWith('error: ')) ?? said.at(-1) ?? '';
  return { ...about, error: error.replace(/^error: /, '') };
}

function progressOf({ network, width, backend, result, error }: Latency): string {
  const told = result ? `${result.medianMs.toPrecision(3)} ms` : `not measured: ${error}`;
  return `${backend}: ${network} ×${width}: ${told}`;
}
