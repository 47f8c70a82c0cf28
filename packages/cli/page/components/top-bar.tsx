import type { VNode } from 'preact';
import type { Feed } from '../data/feed.ts';
import type { PageState } from '../model/state.ts';

/** What the bar at the top shows. */
interface TopBarProps {
  readonly feed: Feed;
  readonly theme: PageState['theme'];
  readonly onTheme: (theme: PageState['theme']) => void;
}

/** The folder, and whether the server is there. */
export function TopBar({ feed, theme, onTheme }: TopBarProps): VNode {
  return (
    <header class="top">
      <h1>mnet watch</h1>
      <code title="the watched folder">{feed.root}</code>
      <span class={feed.connected ? 'live' : 'live lost'} role="status">
        {feed.connected ? 'live' : 'not connected'}
      </span>
      <select
        aria-label="Colours"
        value={theme}
        onChange={(event) => onTheme(event.currentTarget.value as PageState['theme'])}
      >
        <option value="auto">as the system</option>
        <option value="light">light</option>
        <option value="dark">dark</option>
      </select>
      <Notice feed={feed} />
    </header>
  );
}

function Notice({ feed }: { readonly feed: Feed }): VNode | null {
  const { root, rows, problem, connected } = feed;
  if (root === undefined) return null;
  if (!connected)
    return <p>The server has ended: start mnet watch again. What is shown was its last.</p>;
  if (problem !== undefined) return <p>{problem}. Its runs appear here when it is there.</p>;
  if (rows.size > 0) return null;
  return (
    <p>
      No runs yet: <code>mnet train --runs {root} …</code> makes one, and it appears here.
    </p>
  );
}
