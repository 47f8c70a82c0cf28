import { addRuns } from './add-jobs.ts';
import type { GateJob } from './job-data.ts';
import type { QueueParts } from './queue-parts.ts';
import {
  type EndedRun,
  noteEnded,
  readEnded,
  readRuns,
  readStudy,
  type RunEntry,
} from './study-entry.ts';
import { skippedFor } from './skip.ts';

/**
 * A run has ended, or its job was removed: adds the runs that waited for it and for nothing else any more, and notes those as skipped that
 * can no longer be made. All of it may be done again.
 *
 * @returns ids of the runs that were added, and that were skipped
 */
export async function passGate(
  parts: QueueParts,
  { study, run, digest }: GateJob,
): Promise<{ added: string[]; skipped: string[] }> {
  const added: RunEntry[] = [];
  const skips: Record<string, EndedRun> = {};
  const meta = await readStudy(parts, study);
  if (meta && meta.state !== 'cancelled') {
    const ended = await readEnded(parts, study);
    const [opened] = await readRuns(parts, study, [run]);
    // Otherwise it was edited since, and has another gate.
    if (opened?.digest === digest) {
      const open = [opened];
      for (let cause = open.shift(); cause; cause = open.shift()) {
        for (const dependant of await readRuns(parts, study, cause.dependants)) {
          if (!dependant) continue;
          const { id, needs } = dependant.planned;
          if (ended.get(id)?.digest === dependant.digest) continue;
          const kinds = needs.map((need) => ended.get(need)?.kind);
          const bad = needs.find((need, index) => {
            const kind = kinds[index];
            // One that is let through without an end was taken off the queue.
            return need === run ? kind !== 'complete' : kind !== undefined && kind !== 'complete';
          });
          if (bad !== undefined) {
            const skip = skippedFor(dependant, bad, ended.get(bad)?.kind ?? 'cancelled');
            skips[id] = skip;
            ended.set(id, skip);
            open.push(dependant);
          } else if (kinds.every((kind) => kind === 'complete')) {
            added.push(dependant);
          }
        }
      }
      await noteEnded(parts, study, skips);
      await addRuns(parts, study, meta, added);
    }
  }
  return { added: added.map(({ planned }) => planned.id), skipped: Object.keys(skips) };
}
