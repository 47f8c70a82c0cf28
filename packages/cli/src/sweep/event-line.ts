import type { WorkerEvent } from '@mnet/sweep';

/**
 * What a worker has to say, as a line: when, what of which run, and why.
 *
 * @param at when it came, which is shown in UTC
 */
export function eventLine({ kind, study, run, attempt, message }: WorkerEvent, at: Date): string {
  const time = at.toISOString().slice(0, 19).replace('T', ' ');
  const what = [study, run].filter((part) => part !== undefined).join('/');
  const again = attempt !== undefined && attempt > 1 ? ` (attempt ${attempt})` : '';
  return `${time}  ${[kind, what].filter((part) => part !== '').join(' ')}${again}: ${message}`;
}
