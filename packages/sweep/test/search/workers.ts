import type { Ask, Metric, Search, Searching, Tell } from '../../src/search/search.ts';

export const accuracy: Metric = { name: 'validationAccuracy', goal: 'max' };
export const loss: Metric = { name: 'validationLoss', goal: 'min' };

export type RunAsk = Extract<Ask, { kind: 'run' }>;

/** What was asked for and told, in its order. */
export type Action =
  | { readonly asked: RunAsk; readonly told?: never }
  | { readonly told: Tell; readonly asked?: never };

/** How a search is worked at. */
export interface Work {
  readonly metric: Metric;
  /** Runs at once; default 1. */
  readonly slots?: number;
  /** How long a run takes; default: all as long, so that they end in their order. */
  readonly seconds?: (asked: RunAsk) => number;
  /** What it tells; undefined: it failed. */
  readonly value: (asked: RunAsk) => number | undefined;
  /** Called where the search has nothing to run. */
  readonly between?: (searching: Searching) => void;
}

/**
 * Works at a search as an engine does, until it is done and nothing runs.
 *
 * @throws Error where it waits and nothing runs
 */
export function work(
  search: Search,
  { metric, slots = 1, seconds = () => 1, value, between }: Work,
): Action[] {
  const searching = search.start(metric);
  const actions: Action[] = [];
  const running: { asked: RunAsk; until: number }[] = [];
  let now = 0;
  for (;;) {
    let next: Ask['kind'] = 'run';
    while (running.length < slots && next === 'run') {
      const asked = searching.ask();
      next = asked.kind;
      if (asked.kind !== 'run') {
        between?.(searching);
        break;
      }
      actions.push({ asked });
      running.push({ asked, until: now + seconds(asked) });
    }
    if (running.length === 0) {
      if (next === 'done') return actions;
      throw new Error('the search waits, and nothing runs');
    }
    const first = running.reduce((a, b) => (b.until < a.until ? b : a));
    running.splice(running.indexOf(first), 1);
    now = first.until;
    const { trial, untilEpoch } = first.asked;
    const reached = value(first.asked);
    const told = {
      number: trial.number,
      ...(untilEpoch !== undefined && { untilEpoch }),
      ...(reached !== undefined && { value: reached }),
    };
    searching.tell(told);
    actions.push({ told });
  }
}

/** Asks and tells the same again; gives what is asked for now. */
export function replay(search: Search, metric: Metric, actions: readonly Action[]): Action[] {
  const searching = search.start(metric);
  return actions.map((action) => {
    if (action.told) {
      searching.tell(action.told);
      return action;
    }
    return { asked: searching.ask() as RunAsk };
  });
}
