import { interruptSignal } from '@mnet/cli';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withoutListeners } from '../../../tools/processes/here.mjs';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, 'error').mockImplementation(() => {});
  vi.stubEnv('npm_lifecycle_event', undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const said = (): unknown[] => vi.mocked(console.error).mock.calls.flat();

const inVain = (name: 'stdout' | 'stderr', code: string): boolean =>
  process[name].emit('error', Object.assign(new Error('the write failed'), { code }));

describe('interruptSignal', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('is aborted by %s', (name) =>
    withoutListeners(() => {
      const signal = interruptSignal('it stops soon');
      expect(signal.aborted).toBe(false);
      process.emit(name, name);
      expect(signal.reason).toMatchObject({
        name: 'AbortError',
        message: `stopped by ${name}`,
        signal: name,
      });
      expect(said()).toEqual([`\n${name}: it stops soon`]);
    }),
  );

  it('says nothing where it has nothing to say', () =>
    withoutListeners(() => {
      const signal = interruptSignal('');
      process.emit('SIGINT', 'SIGINT');
      expect(signal.aborted).toBe(true);
      expect(said()).toEqual([]);
    }));

  it('ends the process at the second signal, which is none that npm passes on', () =>
    withoutListeners(() => {
      const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
      const signal = interruptSignal();
      process.emit('SIGINT', 'SIGINT');
      const { reason } = signal;
      vi.advanceTimersByTime(100);
      process.emit('SIGTERM', 'SIGTERM');
      expect(exit).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1000);
      process.emit('SIGTERM', 'SIGTERM');
      expect(exit.mock.calls).toEqual([[143]]);
      expect(signal.reason).toBe(reason);
      expect(said()).toHaveLength(1);
    }));

  it.each([
    ['stdout', 'EPIPE', 'SIGPIPE'],
    ['stderr', 'EIO', 'SIGHUP'],
  ] as const)('is aborted once %s fails with %s', (stream, code, name) =>
    withoutListeners(() => {
      const signal = interruptSignal();
      inVain(stream, code);
      inVain(stream, code);
      expect(signal.reason).toMatchObject({ signal: name });
      expect(said()).toHaveLength(1);
    }),
  );

  it('is aborted where npm has started the program and is gone', () =>
    withoutListeners(() => {
      vi.stubEnv('npm_lifecycle_event', 'start');
      const parent = vi.spyOn(process, 'ppid', 'get').mockReturnValue(4711);
      const signal = interruptSignal();
      vi.advanceTimersByTime(5000);
      expect(signal.aborted).toBe(false);
      parent.mockReturnValue(1);
      vi.advanceTimersByTime(5000);
      expect(signal.reason).toMatchObject({ signal: 'SIGTERM' });
      expect(vi.getTimerCount()).toBe(0);
    }));

  it('is not aborted where another parent takes on a program that npm did not start', () =>
    withoutListeners(() => {
      const parent = vi.spyOn(process, 'ppid', 'get').mockReturnValue(4711);
      const signal = interruptSignal();
      parent.mockReturnValue(1);
      vi.advanceTimersByTime(5000);
      expect(signal.aborted).toBe(false);
    }));
});
