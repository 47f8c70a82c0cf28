import type { RunStatus } from '../../src/watch/protocol.ts';
import { type ColumnKey, columnKeys } from './columns.ts';
import type { Axis } from './points.ts';
import type { Sorting } from './table.ts';

/** The statuses, in the order of the menu. */
export const statuses = [
  'running',
  'finished',
  'stopped-early',
  'stopped',
  'killed',
  'diverged',
  'damaged',
] as const satisfies readonly RunStatus[];

/** What the reader has chosen; the address of the page holds it. */
export interface PageState {
  readonly filter: string;
  /** Left out: all. */
  readonly status: RunStatus | undefined;
  readonly sorting: Sorting;
  /** Left out: what fits. */
  readonly columns: readonly ColumnKey[] | undefined;
  /** Whose curves are shown, of the runs that pass the filter: the newest ones, all, or these ids. */
  readonly shown: 'newest' | 'all' | readonly string[];
  readonly axis: Axis;
  /** From 0 to 0.99. */
  readonly smoothing: number;
  readonly log: boolean;
  readonly grouped: boolean;
  /** The run whose details are open. */
  readonly run: string | undefined;
  readonly theme: 'auto' | 'light' | 'dark';
}

/** What is shown at first. */
export const usualState: PageState = {
  filter: '',
  status: undefined,
  sorting: { key: 'date', descending: true },
  columns: undefined,
  shown: 'newest',
  axis: 'step',
  smoothing: 0,
  log: false,
  grouped: false,
  run: undefined,
  theme: 'auto',
};

/** The part of an address after `#`; what is as usual is left out. */
export function writeState(state: PageState): string {
  const { sorting, columns, shown } = state;
  const parts = new URLSearchParams();
  const put = (name: string, value: string, usual: string): void => {
    if (value !== usual) parts.set(name, value);
  };
  put('filter', state.filter, '');
  put('status', state.status ?? '', '');
  put('sort', `${sorting.descending ? '-' : ''}${sorting.key}`, '-date');
  put('columns', columns?.join(' ') ?? '', '');
  if (typeof shown === 'string') put('shown', shown, 'newest');
  else if (shown.length === 0) parts.set('shown', 'none');
  else for (const id of shown) parts.append('show', id);
  put('x', state.axis, 'step');
  put('smoothing', String(state.smoothing), '0');
  put('log', String(state.log), 'false');
  put('grouped', String(state.grouped), 'false');
  put('run', state.run ?? '', '');
  put('theme', state.theme, 'auto');
  return parts.toString();
}

/** What {@link writeState} wrote; what makes no sense is as usual. */
export function readState(hash: string): PageState {
  const parts = new URLSearchParams(hash.replace(/^#/, ''));
  const one = <T extends string, U>(name: string, of: readonly T[], usual: U): T | U =>
    of.find((each) => each === parts.get(name)) ?? usual;
  const sort = parts.get('sort') ?? '-date';
  const key = columnKeys.find((each) => each === sort.replace(/^-/, ''));
  const named = parts.get('columns')?.split(' ') ?? [];
  const chosen = columnKeys.filter((each) => each === 'name' || named.includes(each));
  const ids = parts.getAll('show');
  const smoothing = Number(parts.get('smoothing') ?? 0);
  const several = parts.get('shown') === 'none' ? [] : one('shown', ['all'], 'newest' as const);
  return {
    filter: parts.get('filter') ?? '',
    status: one('status', statuses, undefined),
    sorting: key ? { key, descending: sort.startsWith('-') } : usualState.sorting,
    columns: chosen.length > 1 ? chosen : undefined,
    shown: ids.length > 0 ? ids : several,
    axis: one('x', ['step', 'epoch', 'time'], 'step'),
    smoothing: smoothing >= 0 && smoothing <= 0.99 ? smoothing : 0,
    log: parts.get('log') === 'true',
    grouped: parts.get('grouped') === 'true',
    run: parts.get('run') ?? undefined,
    theme: one('theme', ['light', 'dark'], 'auto'),
  };
}
