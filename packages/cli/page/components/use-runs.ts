import { useEffect, useMemo, useState } from 'preact/hooks';
import { CurvesStore } from '../data/curves.ts';
import { type Feed, followFeed, noFeed } from '../data/feed.ts';

/** Where many curves come at once they are drawn together: after so many milliseconds. */
const REDRAW = 150;

/** What the server says of the runs. */
export interface Runs {
  readonly feed: Feed;
  readonly store: CurvesStore;
  /** Counts up when curves came. */
  readonly curvesVersion: number;
}

/** Follows the server. */
export function useRuns(): Runs {
  const [feed, setFeed] = useState(noFeed);
  const [curvesVersion, setVersion] = useState(0);
  const store = useMemo(
    () => new CurvesStore(atMostEvery(REDRAW, () => setVersion((n) => n + 1))),
    [],
  );
  useEffect(() => followFeed(setFeed), []);
  useEffect(() => store.refresh(), [feed.session]);
  return { feed, store, curvesVersion };
}

/** A function that may be called often, and runs once in so many milliseconds. */
function atMostEvery(pause: number, run: () => void): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      run();
    }, pause);
  };
}
