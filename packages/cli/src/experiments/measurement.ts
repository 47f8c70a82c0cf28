import type { PageOptions } from '@mnet/bench';
import type { ResultFlags } from '../flags/runs.ts';
import type { OwnDeclared } from './experiment.ts';

/**
 * An experiment that trains nothing: its flags, and what it measures.
 *
 * @typeParam Own its flags, `Resolved<typeof declared>` of what it declares
 */
export interface Measurement<Own> {
  /** Its folder's name, which its results have too where the user gives them none. */
  readonly name: string;
  /** One sentence, for `--help`. */
  readonly description: string;
  /** Its flags, beside those that say where the results go. */
  readonly own: OwnDeclared<Own>;
  /** Measures, and says what came of it. */
  readonly measure: (flags: Own & ResultFlags, context: MeasureContext) => Promise<Measured>;
}

/** What a measurement is given beside its flags. */
export interface MeasureContext {
  /** Aborted where the user stops the program. */
  readonly signal: AbortSignal;
  /** Writes `results.json` as far as it goes, so that a long measurement can be looked at. */
  readonly keep: (results: object) => Promise<void>;
}

/** What a measurement gives. */
export interface Measured {
  /** For `results.json` and `--json`. */
  readonly results: object;
  /** For people, on stdout. */
  readonly text: string;
  /** For `report.html`. */
  readonly page: PageOptions;
}
