import {
  boolean,
  callable,
  integer,
  list,
  optional,
  options,
  required,
  text,
} from '@mnet/core/options';
import type { StudyState } from './study-state.ts';

/** What `RunStudyOptions` are made of. */
export const runStudyOptions = options({
  /** The study's folder: `study.json`, `journal.jsonl`, `report.html`, and a folder for each run. */
  folder: required(text('a folder')),
  /** Runs at once; default: as many as there are cores, and no more than runs. */
  slots: optional(integer({ min: 1, max: 1024 })),
  /** Threads of each run; default: the cores shared out among the slots. */
  threads: optional(integer({ min: 1, max: 64 })),
  /** Whether a study that was stopped goes on; default false. */
  resume: optional(boolean(), false),
  /** Whether one that is there is replaced; default false. */
  overwrite: optional(boolean(), false),
  /** Whether, with `resume`, runs may have been added to the study or taken out of it; default false. */
  acceptEdits: optional(boolean(), false),
  /** How often a run is tried again that failed in a way that may pass, such as a full disk; default 2. */
  retries: optional(integer({ min: 0, max: 100 }), 2),
  /** Seconds before the first of those attempts; each further one waits four times as long. Default 2. */
  backoff: optional(integer({ min: 0, max: 3600 }), 2),
  /** The command lines that make the study again, without secrets, for its report. */
  commands: optional(
    list(list(text('a word')), 'an array of command lines, each an array of words'),
  ),
  /** Told of each change. */
  onChange: optional(callable<(state: StudyState) => void>()),
});
