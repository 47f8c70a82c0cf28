import type { RunRow } from '../../src/watch/protocol.ts';

/** A made-up row of the table. */
export function rowOf(id: string, more: Partial<RunRow> = {}): RunRow {
  return {
    id,
    generation: 1,
    version: 1,
    status: 'finished',
    group: id,
    report: false,
    date: '2026-01-01T00:00:00.000Z',
    ...more,
  };
}
