import type { EndedRun, RunEntry } from './study-entry.ts';

/** The runs that cannot be made, since one that they need, or that those need, has failed or was cancelled. */
export function skipped(
  entries: ReadonlyMap<string, RunEntry>,
  ended: ReadonlyMap<string, EndedRun>,
): Map<string, EndedRun> {
  const skips = new Map<string, EndedRun>();
  const unmade = [...ended].filter(([, { kind }]) => kind !== 'complete' && kind !== 'paused');
  const causes = unmade.map(([id]) => id);
  for (let cause = causes.shift(); cause !== undefined; cause = causes.shift()) {
    for (const id of entries.get(cause)?.dependants ?? []) {
      const entry = entries.get(id);
      if (!entry || ended.has(id) || skips.has(id)) continue;
      skips.set(id, skippedFor(entry, cause, (ended.get(cause) ?? skips.get(cause))!.kind));
      causes.push(id);
    }
  }
  return skips;
}

/** What is noted of a run that cannot be made. */
export function skippedFor(entry: RunEntry, cause: string, kind: EndedRun['kind']): EndedRun {
  const was = { skipped: 'was skipped', cancelled: 'was cancelled' }[kind as string] ?? 'failed';
  return {
    kind: 'skipped',
    digest: entry.digest,
    message: `it needs '${cause}', which ${was}`,
    at: new Date().toISOString(),
  };
}
