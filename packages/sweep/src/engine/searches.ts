import { show } from '@mnet/core/check';
import type { Ask, Searching, Tell, Trial } from '../search/search.ts';
import type { Stage, Study } from '../study/study.ts';
import type { JournalEvent } from './journal.ts';

/** A trial that was asked for, and until which epoch. */
export interface AskedTrial {
  readonly stage: Stage;
  readonly trial: Trial;
  readonly untilEpoch?: number;
}

/** One search of a study under way. */
class RunningSearch {
  readonly stage: Stage;
  readonly searching: Searching;
  /** Asked for and not told yet, by number. */
  readonly pending = new Map<number, AskedTrial>();
  /** Of those that an earlier process left, the ones not given out again yet. */
  readonly left: AskedTrial[] = [];

  constructor(stage: Stage, searching: Searching) {
    this.stage = stage;
    this.searching = searching;
  }
}

/** The searches of a study: what was asked and told before is asked and told again, so that they go on where they stood. */
export class Searches {
  readonly #running: readonly RunningSearch[];
  readonly #write: (event: JournalEvent) => void;

  /**
   * @param before the journal of earlier processes
   * @param write notes what is asked and told
   * @throws Error where a search does not ask what it asked before, so that its study was altered
   */
  constructor(study: Study, before: readonly JournalEvent[], write: (event: JournalEvent) => void) {
    this.#write = write;
    this.#running = study.stages.flatMap((stage) =>
      stage.search ? [new RunningSearch(stage, stage.search.start(study.metric))] : [],
    );
    for (const event of before) this.#again(event);
    for (const running of this.#running) running.left.push(...running.pending.values());
  }

  /** Trials that were asked for and have not told, those of earlier processes included. */
  get pending(): readonly AskedTrial[] {
    return this.#running.flatMap(({ pending }) => [...pending.values()]);
  }

  /**
   * What comes next of any search: a trial, `wait` where one under way must tell first, else `done`.
   *
   * @param held stages whose trials cannot begin yet: they are not asked
   */
  next(held: ReadonlySet<string>): AskedTrial | 'wait' | 'done' {
    let waits = false;
    for (const running of this.#running) {
      if (held.has(running.stage.name)) {
        waits = true;
        continue;
      }
      const again = running.left.shift();
      if (again) return again;
      const ask = running.searching.ask();
      if (ask.kind === 'run') {
        const asked = askedOf(running.stage, ask);
        running.pending.set(ask.trial.number, asked);
        const { trial, untilEpoch } = ask;
        this.#write({
          event: 'ask',
          stage: running.stage.name,
          trial,
          ...(untilEpoch !== undefined && { untilEpoch }),
        });
        return asked;
      }
      if (ask.kind === 'wait' || running.pending.size > 0) waits = true;
    }
    return waits ? 'wait' : 'done';
  }

  /** Takes back a trial that was given out and has not run to where it was asked for: it is given out again. */
  giveBack(asked: AskedTrial): void {
    this.#of(asked.stage.name)?.left.push(asked);
  }

  tell({ stage }: AskedTrial, told: Tell): void {
    const running = this.#of(stage.name);
    if (!running) return;
    this.#write({ event: 'tell', stage: stage.name, told });
    running.pending.delete(told.number);
    running.searching.tell(told);
  }

  #of(stage: string): RunningSearch | undefined {
    return this.#running.find((each) => each.stage.name === stage);
  }

  #again(event: JournalEvent): void {
    if (event.event === 'failed') return;
    const running = this.#of(event.stage);
    if (!running) throw altered(event.stage, 'is no search any more');
    if (event.event === 'tell') {
      running.pending.delete(event.told.number);
      running.searching.tell(event.told);
      return;
    }
    const ask = running.searching.ask();
    const same =
      ask.kind === 'run' &&
      JSON.stringify([ask.trial, ask.untilEpoch]) ===
        JSON.stringify([event.trial, event.untilEpoch]);
    if (!same) {
      throw altered(
        event.stage,
        `asks for ${show(ask.kind === 'run' ? ask.trial.values : ask.kind)} where it asked for ${show(event.trial.values)}`,
      );
    }
    running.pending.set(ask.trial.number, askedOf(running.stage, ask));
  }
}

function askedOf(stage: Stage, { trial, untilEpoch }: Extract<Ask, { kind: 'run' }>): AskedTrial {
  return { stage, trial, ...(untilEpoch !== undefined && { untilEpoch }) };
}

function altered(stage: string, what: string): Error {
  return new Error(
    `study: its search${stage === '' ? '' : ` '${stage}'`} ${what}; a search that was altered begins anew under another name`,
  );
}
