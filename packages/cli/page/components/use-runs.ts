import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { CurvesStore } from '../data/curves.ts';
import { type Feed, followFeed, noFeed } from '../data/feed.ts';
import { looksOf } from '../model/colours.ts';

/** What the server says of the runs, with a look for each that it keeps. */
export interface Runs {
  readonly feed: Feed;
  readonly looks: ReadonlyMap<string, number>;
  readonly store: CurvesStore;
  /** Counts up when curves came. */
  readonly curvesVersion: number;
}

/** Follows the server. */
export function useRuns(): Runs {
  const [feed, setFeed] = useState(noFeed);
  const [curvesVersion, setVersion] = useState(0);
  const looks = useRef<ReadonlyMap<string, number>>(new Map());
  const store = useMemo(() => new CurvesStore(oncePerFrame(() => setVersion((n) => n + 1))), []);
  useEffect(() => followFeed(setFeed), []);
  useEffect(() => store.refresh(), [feed.session]);
  looks.current = useMemo(() => looksOf([...feed.rows.values()], looks.current), [feed.rows]);
  return { feed, looks: looks.current, store, curvesVersion };
}

/** A function that may be called often, and runs once a frame. */
function oncePerFrame(run: () => void): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      run();
    });
  };
}
