import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { integerIn, oneOf } from '@mnet/core/check';
import type { Tell, Trial } from '../search/search.ts';
import { checkRunName } from '../study/names.ts';
import { mostTrials, trialName } from '../study/plan.ts';
import { checkSettings } from './check-settings.ts';

/** What happened in a study, in its order; what its run folders say is not said again. */
export type JournalEvent =
  /** A search asked for this trial, until this epoch. */
  | {
      readonly event: 'ask';
      readonly stage: string;
      readonly trial: Trial;
      readonly untilEpoch?: number;
    }
  /** What became of it was told to the search. */
  | { readonly event: 'tell'; readonly stage: string; readonly told: Tell }
  /** An attempt failed. `final`: another would fail the same way; `givenUp`: it was the last one of that process. */
  | {
      readonly event: 'failed';
      readonly id: string;
      readonly message: string;
      readonly final: boolean;
      readonly givenUp: boolean;
    };

/** The file of a study's events, one JSON object a line, each flushed to the disk before what follows from it is begun. */
export class Journal {
  readonly events: readonly JournalEvent[];
  readonly #descriptor: number;

  /** @throws Error that names the line that is none */
  constructor(file: string) {
    this.events = readJournal(file);
    // A process that was killed may have left a part of a line, of something that has not been begun.
    cutToWholeLines(file);
    this.#descriptor = openSync(file, 'a');
  }

  /** @throws Error of the system where it cannot be written, as on a full disk; then nothing of it is */
  write(event: JournalEvent): void {
    const { size } = fstatSync(this.#descriptor);
    try {
      // All of it, in as many pieces as it takes.
      writeFileSync(this.#descriptor, `${JSON.stringify(event)}\n`);
      fsyncSync(this.#descriptor);
    } catch (error) {
      // Else the next line would stand behind a part of this one.
      ftruncateSync(this.#descriptor, size);
      throw error;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/**
 * The events of a journal; none where there is no file.
 *
 * @throws Error that names the line that is none, or whose run's folder would lie elsewhere
 */
export function readJournal(file: string): readonly JournalEvent[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line, i) => {
    const where = `${file}: line ${i + 1}`;
    let event: JournalEvent;
    try {
      event = JSON.parse(line) as JournalEvent;
    } catch (error) {
      throw new Error(`${where} is no JSON object; it was altered`, { cause: error });
    }
    checkEvent(event, where);
    return event;
  });
}

/** Of a line that anyone may have written: the folder of the run that it tells of, which is read, and its settings. */
function checkEvent(event: JournalEvent, where: string): void {
  oneOf(event?.event, ['ask', 'tell', 'failed'], `${where}: event`);
  if (event.event === 'failed') {
    checkRunName(event.id, `${where}: id`);
    return;
  }
  const [of, number] =
    event.event === 'ask' ? ['trial', event.trial?.number] : ['told', event.told?.number];
  integerIn(number, 0, mostTrials, `${where}: ${of}.number`);
  checkRunName(trialName(event.stage, number), `${where}: stage`);
  if (event.event === 'ask') checkSettings(event.trial.values, `${where}: trial.values`);
}

function cutToWholeLines(file: string): void {
  if (!existsSync(file)) return;
  const content = readFileSync(file);
  const whole = content.lastIndexOf(0x0a) + 1;
  if (whole < content.length) truncateSync(file, whole);
}

/** How a run failed last; undefined where it did not. */
export function lastFailure(
  events: readonly JournalEvent[],
  id: string,
): Extract<JournalEvent, { event: 'failed' }> | undefined {
  return events.filter((event) => event.event === 'failed').findLast((event) => event.id === id);
}
