import type { RunRow, RunsEvent } from '../../src/watch/protocol.ts';

/** What the server has said of the runs. */
export interface Feed {
  /** Undefined before the first event. */
  readonly root: string | undefined;
  readonly rows: ReadonlyMap<string, RunRow>;
  readonly problem: string | undefined;
  /** Whether the server is there. */
  readonly connected: boolean;
  /** Counts the connections. */
  readonly session: number;
}

/** Before the first event. */
export const noFeed: Feed = {
  root: undefined,
  rows: new Map(),
  problem: undefined,
  connected: false,
  session: 0,
};

/** What is known after an event. Rows that did not change stay the same objects. */
export function afterEvent({ rows: known, session }: Feed, event: RunsEvent): Feed {
  const rows = new Map(event.all ? [] : known);
  for (const row of event.rows) rows.set(row.id, row);
  for (const id of event.removed) rows.delete(id);
  const { root, problem } = event;
  return { root, rows, problem, connected: true, session: session + Number(event.all) };
}

/**
 * Follows the server's events while the page is visible: a hidden one needs none, and browsers have few connections to
 * give.
 *
 * @returns what ends that
 */
export function followFeed(change: (next: (feed: Feed) => Feed) => void): () => void {
  let source: EventSource | undefined;
  const close = (): void => {
    source?.close();
    source = undefined;
  };
  const follow = (): void => {
    if (document.hidden) return close();
    if (source !== undefined) return;
    source = new EventSource('/events');
    source.addEventListener('message', ({ data }: MessageEvent<string>) => {
      const event = JSON.parse(data) as RunsEvent;
      change((feed) => afterEvent(feed, event));
    });
    source.addEventListener('error', () => change((feed) => ({ ...feed, connected: false })));
  };
  follow();
  document.addEventListener('visibilitychange', follow);
  return () => {
    document.removeEventListener('visibilitychange', follow);
    close();
  };
}
