import {
  choice,
  custom,
  list,
  nested,
  number,
  optional,
  options,
  required,
  resolve,
  text,
} from '@mnet/core/options';
import { show } from '@mnet/core/check';
import type { AnyResult } from '../results/any-result.ts';
import { type Figure, figuresOf, units } from '../results/figures.ts';
import { moment, parseMarked } from '../results/marked-json.ts';

/** What marks a history, and the version that this package writes and reads. */
const mark = { format: 'mnet-bench-history', version: 1 };

/** What was measured of one commit. */
export interface HistoryEntry {
  readonly commit: string;
  /** The first line of its message; absent where it is not known. */
  readonly subject?: string;
  /** When it was measured, ISO 8601. */
  readonly date: string;
  /** The machine, in words: figures of time are comparable on one alone. */
  readonly machine: string;
  readonly figures: readonly Figure[];
}

const figureFields = options({
  name: required(text()),
  unit: required(choice(units)),
  value: required(number({ min: 0 })),
  std: optional(number({ min: 0 })),
});

const entryFields = options({
  commit: required(
    custom<string>(
      'a commit, 7 to 64 hexadecimal digits',
      (value) => typeof value === 'string' && /^[0-9a-f]{7,64}$/.test(value),
    ),
  ),
  subject: optional(custom<string>('a text', (value) => typeof value === 'string')),
  date: required(moment),
  machine: required(text()),
  figures: required(list(nested(figureFields))),
});

/**
 * The figures of results that were taken of one commit. A figure's name follows from its result alone.
 *
 * @throws if there is no result, or the commit is none.
 */
export function historyEntry(
  results: readonly AnyResult[],
  { commit, subject }: { readonly commit: string; readonly subject?: string },
): HistoryEntry {
  const [first] = results;
  if (first === undefined) throw new RangeError('results: got none, takes at least one');
  const { cpu, cores, node, userAgent } = first.environment;
  const machine = [
    `${cpu ?? 'unknown processor'}${cores === undefined ? '' : ` × ${cores}`}`,
    node === undefined ? userAgent : `Node.js ${node.replace(/^v|\..*/g, '')}`,
  ];
  return checked({
    commit,
    ...(subject !== undefined && { subject }),
    date: first.date,
    machine: machine.filter(Boolean).join(', '),
    figures: results.flatMap(figuresOf),
  });
}

/**
 * A history's text with one more entry: the last, and instead of one of the same commit and machine.
 *
 * @param content the history so far; undefined: none yet
 * @param most entries that are kept, the latest
 * @throws as {@link parseHistory} does.
 */
export function appendToHistory(
  content: string | undefined,
  entry: HistoryEntry,
  { name = 'history', most = 1000 }: { readonly name?: string; readonly most?: number } = {},
): string {
  const before = content === undefined ? [] : parseHistory(content, name);
  const others = before.filter(
    ({ commit, machine }) => commit !== entry.commit || machine !== entry.machine,
  );
  const entries = [...others, checked(entry)].slice(-most);
  // One entry a line, so that a commit that adds one changes one line.
  const lines = entries.map((each) => JSON.stringify(each)).join(',\n');
  return `{"format":"${mark.format}","version":${mark.version},"entries":[\n${lines}\n]}\n`;
}

/**
 * The entries of a history that {@link appendToHistory} wrote, the oldest first.
 *
 * @param name what errors call it, such as its file's path
 * @throws Error that begins with the name for anything else.
 */
export function parseHistory(content: string, name: string): HistoryEntry[] {
  const { entries } = parseMarked(content, name, mark);
  if (!Array.isArray(entries)) {
    throw new TypeError(`${name}: entries: got ${show(entries)}, takes an array`);
  }
  return entries.map((entry, i) => checked(entry, `${name}: entries[${i}]`));
}

function checked(entry: unknown, where = 'entry'): HistoryEntry {
  const found = resolve(entryFields, entry, where, `${where}.`);
  const { subject, figures, ...rest } = found;
  return {
    ...rest,
    ...(subject !== undefined && { subject }),
    figures: figures.map(({ std, ...figure }) => ({
      ...figure,
      ...(std !== undefined && { std }),
    })),
  };
}
