import { existsSync } from 'node:fs';
import { createRun, openRun, type Run, type RunDescription } from '@mnet/train';
import type { Config } from '../../src/config.ts';
import type { RunOrder } from '../../src/run/program.ts';
import type { RunEnd, StartRun } from '../../src/run/run-process.ts';
import { recordIn } from '../../src/run/record-in.ts';

/** How {@link fakeRuns} behave. */
export interface FakeRuns {
  /** The validation accuracy after an epoch, undefined where it is not validated; default grows with the epoch. */
  readonly value?: (config: Config, epoch: number) => number | undefined;
  /** How an attempt of a run ends instead of well; attempts count from 1. */
  readonly fails?: (order: RunOrder, attempt: number) => RunEnd | undefined;
  /** Milliseconds of an epoch; default 1. */
  readonly pace?: number;
}

/** Runs that write ordinary run folders, in this process and without a training; `epochs` of their config, by default 3. */
export function fakeRuns({ value = (_, epoch) => epoch / 100, fails, pace = 1 }: FakeRuns = {}): {
  readonly start: StartRun;
  /** Ids in the order in which their processes began. */
  readonly began: string[];
  /** Folders that were taken by two processes at once; and the most that ran at once. */
  readonly seen: { twice: string[]; most: number };
} {
  const began: string[] = [];
  const attempts = new Map<string, number>();
  const under = new Set<string>();
  const seen = { twice: [] as string[], most: 0 };
  const start: StartRun = (_program, order, watch) => {
    const { folder, config, untilEpoch } = order;
    const id = folder.split('/').at(-1) as string;
    began.push(id);
    if (under.has(id)) seen.twice.push(id);
    under.add(id);
    seen.most = Math.max(seen.most, under.size);
    const attempt = (attempts.get(id) ?? 0) + 1;
    attempts.set(id, attempt);
    let stopped: string | undefined;
    const end = (async (): Promise<RunEnd> => {
      const failure = fails?.(order, attempt);
      if (failure?.kind === 'failed' && failure.message === 'diverged') {
        const run = await createRun(folder, description(config));
        run.log({ event: 'end', status: 'diverged', error: failure.message });
        run.close();
      }
      if (failure) return failure;
      const run = existsSync(`${folder}/config.json`)
        ? await openRun(folder)
        : await createRun(folder, description(config));
      try {
        const epochs = (config['epochs'] as number | undefined) ?? 3;
        for (let done = recordIn(folder)?.epochs.length ?? 0; done < epochs; ) {
          await new Promise((resolve) => setTimeout(resolve, pace));
          if (stopped !== undefined) return { kind: 'stopped', signal: stopped };
          done += 1;
          const accuracy = value(config, done);
          logEpoch(run, done, accuracy);
          watch?.onProgress?.({
            epoch: done,
            epochs,
            share: 0,
            ...(accuracy !== undefined && { validationAccuracy: accuracy }),
          });
          if (done === untilEpoch && done < epochs) return { kind: 'paused', epoch: done };
        }
        run.log({ event: 'end', status: 'finished' });
        return { kind: 'complete' };
      } finally {
        run.close();
      }
    })().finally(() => under.delete(id));
    return {
      end,
      stop: () => {
        stopped = 'SIGTERM';
      },
      kill: () => {
        stopped = 'SIGKILL';
      },
    };
  };
  return { start, began, seen };
}

function logEpoch(run: Run, epoch: number, validationAccuracy: number | undefined): void {
  run.log({
    event: 'epoch',
    epoch,
    step: epoch * 10,
    learningRate: 0.1,
    trainLoss: 1 / epoch,
    trainAccuracy: validationAccuracy ?? 0,
    ...(validationAccuracy !== undefined && {
      validationLoss: 1 - validationAccuracy,
      validationAccuracy,
    }),
    seconds: 1,
    imagesPerSecond: 100,
  });
}

function description(config: Config): RunDescription {
  return {
    date: new Date().toISOString(),
    model: { name: 'none', trainableParameters: 1, nonTrainableParameters: 0 },
    dataset: {
      name: 'none',
      shape: [1, 1, 1],
      classes: ['a', 'b'],
      train: 100,
      validation: 10,
      test: 10,
    },
    options: { epochs: config['epochs'] ?? 3, batchSize: 10, ...config },
    objective: { name: 'crossEntropy' },
    environment: { node: process.version } as unknown as RunDescription['environment'],
  };
}
