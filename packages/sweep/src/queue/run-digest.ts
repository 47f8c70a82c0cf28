import { sha256 } from '@mnet/core/files';
import { canonical } from '../canonical.ts';
import type { PlannedRun } from '../study/plan.ts';

/**
 * The digests of runs: of what decides their bits, which are their program, their settings (what they read by its digest) and the runs that they need.
 *
 * @param runs each after those that it needs, or in any order
 * @throws RangeError where a run needs one that is not there, or itself
 */
export function runDigests(runs: readonly PlannedRun[]): Map<string, string> {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const digests = new Map<string, string>();
  const under = new Set<string>();
  const digestOf = (id: string, of: string): string => {
    const there = digests.get(id);
    if (there !== undefined) return there;
    const run = byId.get(id);
    if (!run) throw new RangeError(`runs: '${of}' needs '${id}', which the study does not have`);
    if (under.has(id)) throw new RangeError(`runs: '${id}' needs itself, over '${of}'`);
    under.add(id);
    const needs = Object.fromEntries(run.needs.map((need) => [need, digestOf(need, id)]));
    under.delete(id);
    const said = canonical({
      program: run.program,
      config: run.config,
      needs,
    });
    const digest = sha256([said]);
    digests.set(id, digest);
    return digest;
  };
  for (const { id } of runs) digestOf(id, id);
  return digests;
}
