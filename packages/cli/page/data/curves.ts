import type { Columns, RunCurves, RunRow } from '../../src/watch/protocol.ts';

/** The curves of a run, all of them. */
export type Curves = Omit<RunCurves, 'firstStep'>;

/** What was there and what came: steps are added, epochs replaced. */
export function mergeCurves(known: Curves | undefined, came: RunCurves): Curves {
  const { firstStep, ...curves } = came;
  if (firstStep === 0 || known === undefined) return curves;
  const names = Object.keys(came.steps);
  const steps: Columns = Object.fromEntries(
    names.map((name) => [name, [...(known.steps[name] ?? []), ...(came.steps[name] ?? [])]]),
  );
  return { ...curves, steps };
}

/** So many requests at a time. */
const AT_ONCE = 4;

/** Fetches the curves of the runs that are shown, and of each later only what is new. */
export class CurvesStore {
  readonly #curves = new Map<string, Curves>();
  /** The version of the row that the curves are of. */
  readonly #versions = new Map<string, number>();
  #wanted: readonly RunRow[] = [];
  readonly #loading = new Set<string>();
  readonly #changed: () => void;

  /** @param changed called when curves came */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get(id: string): Curves | undefined {
    return this.#curves.get(id);
  }

  /**
   * Has the curves of some runs fetched where they are not up to date.
   *
   * @param all every run that is there; the curves of others are forgotten
   */
  want(rows: readonly RunRow[], all: ReadonlyMap<string, RunRow>): void {
    this.#wanted = rows;
    for (const id of this.#curves.keys()) {
      if (all.has(id)) continue;
      this.#curves.delete(id);
      this.#versions.delete(id);
    }
    this.#next();
  }

  /** Has all fetched again, whole: another server may count in another way. */
  refresh(): void {
    this.#versions.clear();
    this.#next();
  }

  #next(): void {
    for (const row of this.#wanted) {
      if (this.#loading.size >= AT_ONCE) return;
      if (this.#loading.has(row.id) || this.#versions.get(row.id) === row.version) continue;
      this.#loading.add(row.id);
      void this.#load(row).finally(() => {
        this.#loading.delete(row.id);
        this.#next();
      });
    }
  }

  async #load({ id, version }: RunRow): Promise<void> {
    const known = this.#versions.has(id) ? this.#curves.get(id) : undefined;
    const steps = known?.steps.step?.length ?? 0;
    const query = new URLSearchParams({
      run: id,
      generation: String(known?.generation ?? -1),
      steps: String(steps),
    });
    // A run that is gone, or a server that ended: its next event says so.
    this.#versions.set(id, version);
    const response = await fetch(`/curves?${query}`).catch(() => undefined);
    if (!response?.ok) return;
    const came = (await response.json()) as RunCurves;
    if (!this.#wanted.some((row) => row.id === id)) return;
    this.#curves.set(id, mergeCurves(known, came));
    this.#changed();
  }
}
