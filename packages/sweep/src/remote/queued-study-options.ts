import { boolean, callable, list, optional, options, required, text } from '@mnet/core/options';
import type { StudyState } from '../engine/study-state.ts';
import { driveOptions } from '../queue/drive-options.ts';
import { enqueueOptions } from '../queue/enqueue-options.ts';

/** What `QueuedStudyOptions` are made of. */
export const queuedStudyOptions = options({
  /** A folder of this machine, where the report is written, and a folder for each run with what the report needs. */
  folder: required(text('a folder')),
  /** A folder of this machine for digests of files that were read before. */
  cache: required(text('a folder')),
  priority: enqueueOptions.fields.priority,
  attempts: enqueueOptions.fields.attempts,
  backoff: enqueueOptions.fields.backoff,
  build: enqueueOptions.fields.build,
  parallel: driveOptions.fields.parallel,
  poll: driveOptions.fields.poll,
  /** Whether runs may have been changed, added to the study or taken out of it since it was put on the queue; default false. */
  acceptEdits: optional(boolean(), false),
  /** Whether what runs read goes to the store; default true. Else workers must have the same content in their `near` folders. */
  upload: optional(boolean(), true),
  /** Whether the models of complete runs are fetched too; default false. */
  weights: optional(boolean(), false),
  /** Whether the study is only put on the queue, and not followed; default false. */
  detach: optional(boolean(), false),
  /** The command lines that make the study again, without secrets, for its report. */
  commands: optional(
    list(list(text('a word')), 'an array of command lines, each an array of words'),
  ),
  /** Told of each change. */
  onChange: optional(callable<(state: StudyState) => void>()),
  /** Told what there is to say, in a line. */
  onNote: optional(callable<(line: string) => void>()),
});
