import type { VNode } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { RunRow } from '../../src/watch/protocol.ts';
import { looksOf } from '../model/colours.ts';
import { type ColumnKey, usualColumns } from '../model/columns.ts';
import type { Drawing } from '../model/drawing.ts';
import { type Line, linesOf } from '../model/lines.ts';
import { shownLines, toggled } from '../model/shown.ts';
import type { PageState } from '../model/state.ts';
import { filterRows, sortLines } from '../model/table.ts';
import { Charts } from './charts.tsx';
import { Details } from './details.tsx';
import { RunsTable } from './runs-table.tsx';
import { CurveBar, FilterBar } from './toolbar.tsx';
import { TopBar } from './top-bar.tsx';
import { useMedia } from './use-media.ts';
import { usePageState } from './use-page-state.ts';
import { type Runs, useRuns } from './use-runs.ts';

/** The page. */
export function App(): VNode {
  const [state, change] = usePageState();
  const runs = useRuns();
  const { rows } = runs.feed;
  const theme = useTheme(state.theme);
  const keys = useColumns(state.columns);
  const all = useMemo(() => [...rows.values()], [rows]);
  useTicks(all.some(({ status }) => status === 'running'));
  const lines = useMemo(
    () => linesOf(filterRows(all, state.filter, state.status), state.grouped),
    [all, state.filter, state.status, state.grouped],
  );
  const looks = useLooks(all, state.grouped);
  const sorted = sortLines(lines, state.sorting);
  const chosen = useMemo(() => shownLines(lines, state.shown), [lines, state.shown]);
  const shown = useMemo(() => new Set(chosen.map(({ key }) => key)), [chosen]);
  const drawing = useDrawing(runs, chosen, looks, state);
  const opened = state.run === undefined ? undefined : rows.get(state.run);
  const { toggle, toggleAll, open, close } = useActions(state, change, lines);
  return (
    <>
      <TopBar feed={runs.feed} theme={state.theme} onTheme={(next) => change({ theme: next })} />
      <main>
        <FilterBar state={state} change={change} rows={all} keys={keys} />
        {all.length > 0 && (
          <RunsTable
            lines={sorted}
            keys={keys}
            sorting={state.sorting}
            looks={looks}
            shown={shown}
            run={state.run}
            onSort={(sorting) => change({ sorting })}
            onToggle={toggle}
            onToggleAll={toggleAll}
            onOpen={open}
          />
        )}
        {all.length > 0 && lines.length === 0 && (
          <p class="empty quiet">No run passes the filter.</p>
        )}
        <CurveBar state={state} change={change} />
        <Charts drawing={drawing} theme={theme} />
      </main>
      {opened && (
        <Details
          row={opened}
          others={chosen.flatMap((line) => line.rows.map(({ id }) => id))}
          onClose={close}
        />
      )}
    </>
  );
}

/** Looks that stay while the page is open, of runs and of groups apart. */
function useLooks(rows: readonly RunRow[], grouped: boolean): ReadonlyMap<string, number> {
  const known = useRef({ runs: looksOf([]), groups: looksOf([]) });
  const kind = grouped ? 'groups' : 'runs';
  return useMemo(() => {
    // Of all, not of those that pass the filter.
    const keys = linesOf(rows, grouped).map(({ key }) => key);
    return (known.current[kind] = looksOf(keys, known.current[kind]));
  }, [rows, kind]);
}

function useDrawing(
  { feed, store, curvesVersion }: Runs,
  lines: Line[],
  looks: ReadonlyMap<string, number>,
  state: PageState,
): Drawing {
  const { axis, smoothing, log } = state;
  useEffect(
    () =>
      store.want(
        lines.flatMap(({ rows }) => rows),
        feed.rows,
      ),
    [lines],
  );
  return useMemo(
    () => ({ lines, curvesOf: (id) => store.get(id), looks, axis, smoothing, log }),
    [lines, looks, axis, smoothing, log, curvesVersion],
  );
}

function useActions(
  state: PageState,
  change: (part: Partial<PageState>) => void,
  lines: readonly Line[],
) {
  const now = useRef({ state, lines });
  now.current = { state, lines };
  const opener = useRef<Element | null>(null);
  // Always the same functions, so that rows of the table are not drawn again for them.
  const toggle = useCallback((line: Line) => {
    const { state: at, lines: among } = now.current;
    change({ shown: toggled(among, at.shown, line) });
  }, []);
  const toggleAll = useCallback((on: boolean) => change({ shown: on ? 'all' : [] }), []);
  const open = useCallback((id: string) => {
    opener.current = document.activeElement;
    change({ run: now.current.state.run === id ? undefined : id });
  }, []);
  const close = useCallback(() => {
    change({ run: undefined });
    if (opener.current instanceof HTMLElement) opener.current.focus();
  }, []);
  return { toggle, toggleAll, open, close };
}

/** Draws again every few seconds while a training runs: what is left of it goes down. */
function useTicks(running: boolean): void {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => tick((n) => n + 1), 4096);
    return () => clearInterval(timer);
  }, [running]);
}

function useColumns(chosen: readonly ColumnKey[] | undefined): readonly ColumnKey[] {
  const narrow = useMedia('(max-width: 45rem)');
  return chosen ?? usualColumns[narrow ? 'narrow' : 'wide'];
}

/** Sets the page's theme, and gives the one that holds. */
function useTheme(chosen: PageState['theme']): string {
  const dark = useMedia('(prefers-color-scheme: dark)');
  const theme = chosen === 'auto' ? (dark ? 'dark' : 'light') : chosen;
  // Before anything is drawn with its colours.
  document.documentElement.dataset.theme = theme;
  return theme;
}
