import type { VNode } from 'preact';
import { memo } from 'preact/compat';
import { type Column, columns, type ColumnKey, cellText } from '../model/columns.ts';
import { lookOf } from '../model/colours.ts';
import type { Line } from '../model/lines.ts';
import type { Sorting } from '../model/table.ts';
import { Swatch } from './swatch.tsx';

/** What the table shows, and what is done with it. */
interface TableProps {
  readonly lines: readonly Line[];
  readonly keys: readonly ColumnKey[];
  readonly sorting: Sorting;
  readonly looks: ReadonlyMap<string, number>;
  /** Keys of the lines whose curves are shown. */
  readonly shown: ReadonlySet<string>;
  /** The run whose details are open. */
  readonly run: string | undefined;
  readonly onSort: (sorting: Sorting) => void;
  readonly onToggle: (line: Line) => void;
  readonly onToggleAll: (on: boolean) => void;
  readonly onOpen: (id: string) => void;
}

/** The runs, one a row, or one a group. */
export function RunsTable(props: TableProps): VNode {
  const { lines, keys, shown, looks, run, sorting } = props;
  const count = lines.filter(({ key }) => shown.has(key)).length;
  return (
    <div class="table" tabIndex={0} role="region" aria-label="Runs">
      <table>
        <thead>
          <tr>
            <th class="check">
              <input
                type="checkbox"
                aria-label="Curves of all"
                checked={count > 0 && count === lines.length}
                ref={(box) => {
                  if (box) box.indeterminate = count > 0 && count < lines.length;
                }}
                onChange={(event) => props.onToggleAll(event.currentTarget.checked)}
              />
            </th>
            {keys.map((key) => (
              <Head key={key} name={key} sorting={sorting} onSort={props.onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <Row
              key={line.key}
              line={line}
              keys={keys}
              look={looks.get(line.key) ?? 0}
              shown={shown.has(line.key)}
              open={line.rows.some(({ id }) => id === run)}
              // What is left of a running one goes down by itself.
              moment={line.rows.some(({ status }) => status === 'running') ? Date.now() >> 12 : 0}
              onToggle={props.onToggle}
              onOpen={props.onOpen}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadProps {
  readonly name: ColumnKey;
  readonly sorting: Sorting;
  readonly onSort: (sorting: Sorting) => void;
}

function Head({ name, sorting, onSort }: HeadProps): VNode {
  const { title, write } = columns[name] as Column;
  const sorted = sorting.key === name;
  const order = sorting.descending ? 'descending' : 'ascending';
  // Of numbers the largest are looked for first.
  const descending = sorted ? !sorting.descending : write !== undefined;
  return (
    <th
      class={`${name === 'name' ? 'name' : ''} ${write ? 'number' : ''}`}
      {...(sorted && { 'aria-sort': order })}
    >
      <button type="button" onClick={() => onSort({ key: name, descending })}>
        {title}
        <span aria-hidden="true">{sorted ? (sorting.descending ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  );
}

interface RowProps {
  readonly line: Line;
  readonly keys: readonly ColumnKey[];
  readonly look: number;
  readonly shown: boolean;
  readonly open: boolean;
  readonly moment: number;
  readonly onToggle: (line: Line) => void;
  readonly onOpen: (id: string) => void;
}

const Row = memo(
  ({ line, keys, look, shown, open, onToggle, onOpen }: RowProps) => (
    <tr class={open ? 'open' : ''}>
      <td class="check">
        <input
          type="checkbox"
          aria-label={`Curves of ${line.name}`}
          checked={shown}
          onChange={() => onToggle(line)}
        />
      </td>
      {keys.map((key) => (
        <Cell key={key} name={key} line={line} look={look} shown={shown} onOpen={onOpen} />
      ))}
    </tr>
  ),
  sameRow,
);

/** Groups are made anew at each event, of rows that stay the same. */
function sameRow(a: RowProps, b: RowProps): boolean {
  const alike = (['keys', 'look', 'shown', 'open', 'moment'] as const).every((k) => a[k] === b[k]);
  const [left, right] = [a.line.rows, b.line.rows];
  return alike && left.length === right.length && left.every((row, i) => row === right[i]);
}

interface CellProps extends Pick<RowProps, 'line' | 'look' | 'shown' | 'onOpen'> {
  readonly name: ColumnKey;
}

function Cell({ name, line, look, shown, onOpen }: CellProps): VNode {
  const text = cellText(line, name);
  if (name === 'name') {
    return (
      <th scope="row" class="name">
        {shown && <Swatch look={lookOf(look)} />}
        <button type="button" title={text} onClick={() => onOpen(line.rows[0]?.id ?? '')}>
          <bdi>{text}</bdi>
        </button>
      </th>
    );
  }
  if (name === 'status') {
    const [first] = line.rows;
    return (
      <td title={line.rows.length === 1 ? first?.error : undefined}>
        {text.split(', ').map((status) => (
          <span key={status} class={`status ${status}`}>
            {status}
          </span>
        ))}
      </td>
    );
  }
  return <td class={(columns[name] as Column).write ? 'number' : ''}>{text}</td>;
}
