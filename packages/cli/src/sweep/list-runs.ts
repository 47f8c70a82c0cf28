import { type Programs, planOf, type Study } from '@mnet/sweep';
import { textTable } from '@mnet/bench/results';

/** The runs that a study would make, as text. */
export function runsTable(study: Study, programs: Programs): string {
  const runs = planOf(study, programs);
  const rows = runs.map(({ id, program, needs }) => [id, program, needs.join(', ')]);
  const searches = study.stages.flatMap(({ name, search }) =>
    search
      ? [`${name === '' ? 'a search' : name}: ${search.trials} trials of ${search.keys.join(', ')}`]
      : [],
  );
  return [
    ...(rows.length > 0 ? [textTable([['run', 'program', 'needs'], ...rows])] : []),
    ...searches,
    `${runs.length} run${runs.length === 1 ? '' : 's'}${searches.length > 0 ? ' and what the search asks for' : ''}`,
  ].join('\n');
}
