import type { Study } from '../study/study.ts';

/** What a search of a study is called on a queue: as the study, where that is nothing else. */
export function nameOnQueue({ name, stages }: Study, stage: string): string {
  return stages.length === 1 ? name : `${name}.${stage}`;
}

/** What a study is called on a queue: each of its searches is a study there, all other runs are one. */
export function namesOnQueue(study: Study): readonly string[] {
  const searches = study.stages.filter(({ search }) => search);
  return [
    ...(searches.length < study.stages.length ? [study.name] : []),
    ...searches.map(({ name }) => nameOnQueue(study, name)),
  ];
}
