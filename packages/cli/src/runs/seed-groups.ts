import { configDifferences, type ReportRun } from '@mnet/bench';
import { isSeed, seedlessSettings } from '@mnet/bench/settings';

/** The runs, those with a `group` that differ from another one by their seed alone. */
export function groupedBySeed(runs: readonly ReportRun[]): ReportRun[] {
  const groups: [ReportRun, ...ReportRun[]][] = [];
  for (const run of runs) {
    const group = groups.find((others) => others.every((other) => seedsAlone(other, run)));
    if (group === undefined) groups.push([run]);
    else group.push(run);
  }
  const names = new Map<ReportRun, string>();
  // Those of runs that stay alone too: a page cannot have two of one name.
  const taken = new Set(groups.flatMap(([{ name }, ...others]) => (others.length > 0 ? [] : name)));
  for (const group of groups.filter(({ length }) => length > 1)) {
    const name = nameOf(group, taken);
    taken.add(name);
    for (const run of group) names.set(run, name);
  }
  return runs.map((run) => {
    const group = names.get(run);
    return group === undefined ? run : { ...run, group };
  });
}

function seedsAlone(a: ReportRun, b: ReportRun): boolean {
  if (seedlessSettings(a) !== seedlessSettings(b)) return false;
  return configDifferences([a, b]).some(({ key }) => isSeed(key));
}

/** What the names of the runs begin with, without the word seed: `kd` of `kd-seed-1` and `kd-seed-2`. */
function nameOf(
  [first, ...others]: readonly [ReportRun, ...ReportRun[]],
  taken: ReadonlySet<string>,
): string {
  let length = first.name.length;
  for (const { name } of others) {
    while (!name.startsWith(first.name.slice(0, length))) length--;
  }
  const begin = first.name
    .slice(0, length)
    .replace(/[\s,_/=-]*(?:seed[\s,_/=-]*\d*)?[\s,_/=-]*$/i, '');
  const name = begin === '' ? first.model.name : begin;
  return taken.has(name) ? `${first.name} and ${others.length} more` : name;
}
