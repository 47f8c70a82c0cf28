import { useCallback, useEffect, useState } from 'preact/hooks';
import { type PageState, readState, writeState } from '../model/state.ts';

/** What the reader has chosen, kept in the page's address, and what changes a part of it. */
export function usePageState(): [PageState, (part: Partial<PageState>) => void] {
  const [state, setState] = useState(() => readState(location.hash));
  useEffect(() => {
    const read = (): void => setState(readState(location.hash));
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }, []);
  useEffect(() => {
    const hash = writeState(state);
    if (hash !== writeState(readState(location.hash))) {
      history.replaceState(null, '', hash === '' ? location.pathname : `#${hash}`);
    }
  }, [state]);
  const change = useCallback(
    (part: Partial<PageState>) => setState((old) => ({ ...old, ...part })),
    [],
  );
  return [state, change];
}
