/** What was edited in a study: ids of runs. */
export interface StudyChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** @returns undefined where nothing was */
export function studyChanges(
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): StudyChanges | undefined {
  const added = Object.keys(now).filter((id) => !(id in before));
  const changed = Object.keys(now).filter((id) => id in before && before[id] !== now[id]);
  const removed = Object.keys(before).filter((id) => !(id in now));
  return added.length + changed.length + removed.length === 0
    ? undefined
    : { added, changed, removed };
}

export function sayChanges({ added, changed, removed }: StudyChanges): string {
  const say = (word: string, ids: readonly string[]): string[] => {
    if (ids.length === 0) return [];
    const more = ids.length > 5 ? `, and ${ids.length - 5} more` : '';
    return [`${ids.length} ${word} (${ids.slice(0, 5).join(', ')}${more})`];
  };
  return [...say('added', added), ...say('changed', changed), ...say('removed', removed)].join(
    ', ',
  );
}
