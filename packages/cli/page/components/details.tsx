import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { settingDifferences, type Settings } from '@mnet/bench/settings';
import type { AllSettings, RunDetails, RunRow } from '../../src/watch/protocol.ts';
import { columns, type Column, type ColumnKey, cellText } from '../model/columns.ts';

const figures: readonly ColumnKey[] = [
  'epoch',
  'step',
  'trainLoss',
  'trainAccuracy',
  'validationLoss',
  'validationAccuracy',
  'bestAccuracy',
  'testAccuracy',
  'learningRate',
  'imagesPerSecond',
  'seconds',
  'left',
];

/** What the panel shows. */
interface DetailsProps {
  readonly row: RunRow;
  /** The runs that it is compared with; it may be among them. */
  readonly others: readonly string[];
  readonly onClose: () => void;
}

/** All that is known of one run. */
export function Details({ row, others, onClose }: DetailsProps): VNode {
  const heading = useRef<HTMLHeadingElement>(null);
  const details = useFetched(`/details?run=${encodeURIComponent(row.id)}`, row.id) as
    | RunDetails
    | undefined;
  const at = `${row.id} ${row.generation} ${others.length}`;
  const all = useFetched('/settings', at) as AllSettings | undefined;
  useEffect(() => heading.current?.focus(), [row.id]);
  const line = { key: row.id, name: row.id, rows: [row] };
  const settings = all?.[row.id] ?? {};
  return (
    <aside
      class="details"
      aria-label={`Run ${row.id}`}
      onKeyDown={({ key }) => {
        if (key === 'Escape') onClose();
      }}
    >
      <header>
        <h2 ref={heading} tabIndex={-1}>
          {row.id}
        </h2>
        <button type="button" onClick={onClose} aria-label="Close">
          ×
        </button>
      </header>
      <p>
        <span class={`status ${row.status}`}>{row.status}</span>{' '}
        {row.report && (
          <a href={`/report?run=${encodeURIComponent(row.id)}`} target="_blank" rel="noreferrer">
            Report
          </a>
        )}
      </p>
      {row.error !== undefined && <p class="error">{row.error}</p>}
      <Pairs
        of={figures.flatMap((key) => {
          const text = cellText(line, key);
          return text === '' ? [] : [[(columns[key] as Column).title, text] as const];
        })}
      />
      <Differences id={row.id} others={others} all={all} />
      <h3>Settings</h3>
      <Pairs of={Object.entries(settings)} />
      {details?.command && (
        <>
          <h3>Command</h3>
          <pre>{details.command.join(' ')}</pre>
        </>
      )}
      {details && (
        <>
          <h3>Folder</h3>
          <pre>{details.dir}</pre>
        </>
      )}
    </aside>
  );
}

interface DifferencesProps extends Pick<DetailsProps, 'others'> {
  readonly id: string;
  readonly all: AllSettings | undefined;
}

/** The settings in which a run differs from some of the others. */
function Differences({ id, others, all }: DifferencesProps): VNode | null {
  const ids = [id, ...others.filter((other) => other !== id && all?.[other])];
  if (all === undefined || ids.length < 2) return null;
  const settings = ids.map((each): Settings => new Map(Object.entries(all[each] ?? {})));
  const differences = settingDifferences(settings).map(({ key, values: [own, ...rest] }) => {
    const different = [...new Set(rest)].filter((value) => value !== own);
    return [key, own ?? '–', different.map((value) => value ?? '–').join(', ')] as const;
  });
  return (
    <>
      <h3>Differs from the others in the curves</h3>
      {differences.length === 0 && <p class="quiet">in nothing</p>}
      <dl>
        {differences
          .filter(([, , theirs]) => theirs !== '')
          .map(([key, own, theirs]) => (
            <div key={key}>
              <dt>{key}</dt>
              <dd>
                {own} <span class="quiet">others: {theirs}</span>
              </dd>
            </div>
          ))}
      </dl>
    </>
  );
}

function Pairs({ of }: { readonly of: readonly (readonly [string, string])[] }): VNode {
  return (
    <dl>
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What an address gives; fetched again when `at` changes. */
function useFetched(address: string, at: string): unknown {
  const [value, setValue] = useState<unknown>();
  useEffect(() => {
    let wanted = true;
    void (async () => {
      const response = await fetch(address).catch(() => undefined);
      const came = response?.ok ? await response.json() : undefined;
      if (wanted) setValue(came);
    })();
    return () => {
      wanted = false;
    };
  }, [address, at]);
  return value;
}
