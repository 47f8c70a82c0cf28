import { join, relative } from 'node:path';
import type { EpochRecord, TrainInfo } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { type Pause, pauseOf } from '../src/runs/pause.ts';

const idle = new AbortController().signal;

const begin = ({ callback }: Pause, more: Partial<TrainInfo> = {}): void => {
  void callback.onTrainBegin?.({ epochs: 4, epochsDone: 0, complete: false, ...more } as TrainInfo);
};
const end = ({ callback }: Pause, epoch: number): void => {
  void callback.onEpochEnd?.({ epoch } as EpochRecord, undefined as unknown as LayersModel);
};

describe('a pause', () => {
  it('comes once so many epochs are done, and is told from failures', () => {
    const pause = pauseOf(2);
    const signal = pause.signal(idle);
    begin(pause);
    end(pause, 1);
    expect(signal.aborted).toBe(false);
    end(pause, 2);
    const reason = signal.reason as DOMException;
    expect([reason.name, reason.message]).toEqual(['AbortError', 'paused after epoch 2']);
    // A step that was under way may end another epoch.
    end(pause, 3);
    expect(signal.reason).toBe(reason);
    expect(pause.isPause(reason)).toBe(true);
    expect(pause.isPause(new Error('stopped', { cause: reason }))).toBe(true);
    expect(pause.isPause(new Error('the disk is full'))).toBe(false);
    expect(pause.isPause(undefined)).toBe(false);
  });

  it('comes at once where an earlier process has gone that far', () => {
    const pause = pauseOf(2);
    begin(pause, { epochsDone: 3 });
    expect(pause.signal(idle).reason).toMatchObject({ message: 'paused after epoch 3' });
  });

  it('never comes without epochs, at the last one, or of a run that is complete', () => {
    const none = pauseOf(undefined);
    begin(none);
    end(none, 3);
    const last = pauseOf(4);
    begin(last);
    end(last, 4);
    const complete = pauseOf(2);
    begin(complete, { epochsDone: 3, complete: true });
    for (const pause of [none, last, complete]) {
      expect(pause.signal(idle).aborted).toBe(false);
      expect(pause.isPause(idle.reason)).toBe(false);
    }
  });

  it('is of one run alone, and not of those before it', () => {
    const run = join(process.cwd(), 'runs', 'student');
    const pause = pauseOf(1, run);
    const signal = pause.signal(idle);
    for (const other of [{ run: join('runs', 'teacher') }, {}]) {
      begin(pause, other);
      end(pause, 1);
      expect(signal.aborted).toBe(false);
    }
    begin(pause, { run: relative('.', run) });
    end(pause, 1);
    expect(signal.aborted).toBe(true);
  });

  it('leaves another reason to stop as it is', () => {
    const interrupt = new AbortController();
    const pause = pauseOf(2);
    const signal = pause.signal(interrupt.signal);
    interrupt.abort(new DOMException('stopped by SIGINT', 'AbortError'));
    expect(signal.reason).toMatchObject({ message: 'stopped by SIGINT' });
    expect(pause.isPause(signal.reason)).toBe(false);
  });
});
