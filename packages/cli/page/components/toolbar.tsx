import type { VNode } from 'preact';
import type { RunRow, RunStatus } from '../../src/watch/protocol.ts';
import { columns, columnKeys, type ColumnKey } from '../model/columns.ts';
import { type PageState, statuses } from '../model/state.ts';

/** What the bars show, and what they change. */
interface BarProps {
  readonly state: PageState;
  readonly change: (part: Partial<PageState>) => void;
}

interface FilterProps extends BarProps {
  /** All runs. */
  readonly rows: readonly RunRow[];
  /** The columns of the table. */
  readonly keys: readonly ColumnKey[];
}

/** What of the runs is in the table. */
export function FilterBar({ state, change, rows, keys }: FilterProps): VNode {
  const counts = statuses.map((status) => rows.filter((row) => row.status === status).length);
  return (
    <div class="bar">
      <input
        type="search"
        placeholder="Filter: words, -without"
        aria-label="Filter runs"
        value={state.filter}
        onInput={(event) => change({ filter: event.currentTarget.value })}
      />
      <select
        aria-label="Status"
        value={state.status ?? ''}
        onChange={({ currentTarget: { value } }) =>
          change({ status: value === '' ? undefined : (value as RunStatus) })
        }
      >
        <option value="">all ({rows.length})</option>
        {statuses.map((status, i) => (
          <option key={status} value={status}>
            {status} ({counts[i]})
          </option>
        ))}
      </select>
      <label>
        <input
          type="checkbox"
          checked={state.grouped}
          onChange={(event) => change({ grouped: event.currentTarget.checked })}
        />
        group over seeds
      </label>
      <ColumnMenu keys={keys} change={change} />
    </div>
  );
}

function ColumnMenu({ keys, change }: Pick<FilterProps, 'keys' | 'change'>): VNode {
  const others = columnKeys.filter((key) => key !== 'name');
  return (
    <details class="menu">
      <summary>Columns</summary>
      <div>
        {others.map((key) => (
          <label key={key}>
            <input
              type="checkbox"
              checked={keys.includes(key)}
              onChange={({ currentTarget: { checked } }) =>
                change({
                  columns: columnKeys.filter((k) => (k === key ? checked : keys.includes(k))),
                })
              }
            />
            {columns[key].title}
          </label>
        ))}
        <button type="button" onClick={() => change({ columns: undefined })}>
          as usual
        </button>
      </div>
    </details>
  );
}

/** How the curves are drawn. */
export function CurveBar({ state, change }: BarProps): VNode {
  return (
    <div class="bar">
      <label>
        along
        <select
          value={state.axis}
          onChange={(event) => change({ axis: event.currentTarget.value as PageState['axis'] })}
        >
          <option value="step">steps</option>
          <option value="epoch">epochs</option>
          <option value="time">time</option>
        </select>
      </label>
      <label>
        smoothing
        <input
          type="range"
          min="0"
          max="0.99"
          step="0.01"
          value={state.smoothing}
          onInput={(event) => change({ smoothing: Number(event.currentTarget.value) })}
        />
        <output>{state.smoothing.toFixed(2)}</output>
      </label>
      <label>
        <input
          type="checkbox"
          checked={state.log}
          onChange={(event) => change({ log: event.currentTarget.checked })}
        />
        logarithmic
      </label>
      <label>
        curves of
        <select
          value={typeof state.shown === 'string' ? state.shown : 'chosen'}
          onChange={({ currentTarget: { value } }) => {
            if (value !== 'chosen') change({ shown: value as 'newest' | 'all' });
          }}
        >
          <option value="newest">the newest 10</option>
          <option value="all">all</option>
          {typeof state.shown !== 'string' && <option value="chosen">the chosen</option>}
        </select>
      </label>
      <span class="quiet hint">drag to zoom in, double-click to zoom out</span>
    </div>
  );
}
