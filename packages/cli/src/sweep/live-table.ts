import type { LiveRun, StudyState } from '@mnet/sweep';
import { createLogUpdate } from 'log-update';
import { textTable } from '@mnet/bench/results';

/** How often a terminal is drawn anew at most, in milliseconds. */
const FRAME = 200;

/** Shows the course of a study. */
export interface LiveTable {
  show(state: StudyState): void;
  /** Leaves the last picture standing. */
  end(): void;
}

/** A table that is drawn over itself in a terminal; elsewhere a line for each run that begins or ends. */
export function liveTable(stream: NodeJS.WriteStream = process.stdout): LiveTable {
  return stream.isTTY ? terminalTable(stream) : lines(stream);
}

function terminalTable(stream: NodeJS.WriteStream): LiveTable {
  const draw = createLogUpdate(stream);
  let last: StudyState | undefined;
  let timer: NodeJS.Timeout | undefined;
  const frame = (): void => {
    timer = undefined;
    if (!last) return;
    const picture = pictureOf(last, Date.now(), Math.max(4, (stream.rows ?? 24) - 6));
    draw(clipped(picture, stream.columns ?? 80));
  };
  return {
    show(state) {
      last = state;
      timer ??= setTimeout(frame, FRAME);
    },
    end() {
      clearTimeout(timer);
      if (!last) return;
      frame();
      draw.done();
      last = undefined;
    },
  };
}

/**
 * The runs under way, the best of those that are complete, and how many there are of each state.
 *
 * @param now milliseconds since 1970
 * @param most rows of runs
 */
export function pictureOf({ name, total, runs }: StudyState, now: number, most: number): string {
  const under = runs.filter(({ state }) => state === 'running');
  const rest = runs
    .filter(({ state }) => state !== 'running' && state !== 'waiting')
    .toSorted((a, b) => rank(a) - rank(b) || (b.since ?? 0) - (a.since ?? 0));
  const shown = [...under, ...rest].slice(0, most);
  const rows = shown.map((run) => [
    run.id,
    stateOf(run),
    epochsOf(run),
    run.value === undefined ? '' : run.value.toFixed(4),
    run.state === 'running' && run.since !== undefined ? duration(now - run.since) : '',
  ]);
  const hidden = under.length + rest.length - shown.length;
  return [
    textTable([['run', 'state', 'epochs', 'value', 'time'], ...rows]),
    ...(hidden > 0 ? [`and ${hidden} more`] : []),
    `${name}: ${countsOf(runs, total)}`,
  ].join('\n');
}

/** A line that a narrow terminal breaks would push the first ones out of its window. */
function clipped(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line))
    .join('\n');
}

function lines(stream: NodeJS.WritableStream): LiveTable {
  const seen = new Map<string, string>();
  return {
    show({ total, runs }) {
      for (const run of runs) {
        const { id, value, error } = run;
        const state = stateOf(run);
        const was = seen.get(id);
        if (was === state) continue;
        seen.set(id, state);
        if (state === 'waiting' || (was === undefined && state !== 'running')) continue;
        const done = runs.filter((each) => each.state === 'complete').length;
        const more = [
          ...(value === undefined || state === 'running' ? [] : [value.toFixed(4)]),
          ...(error === undefined || state === 'running' ? [] : [firstLine(error)]),
        ].join('  ');
        stream.write(
          `${id}: ${state}${more === '' ? '' : `  ${more}`}  (${done} of ${total} complete)\n`,
        );
      }
    },
    end() {},
  };
}

/** As the user sees it. */
function stateOf({ state, error }: LiveRun): string {
  return state === 'stopped' && error !== undefined ? 'tried again' : state;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** Failed ones first, then the latest. */
function rank({ state }: LiveRun): number {
  return ['failed', 'skipped', 'stopped', 'complete', 'paused'].indexOf(state);
}

function epochsOf({ progress }: LiveRun): string {
  if (!progress) return '';
  const { epoch, epochs, share } = progress;
  const part = epoch < epochs && share > 0 ? `+${Math.round(share * 100)}%` : '';
  return `${epoch}${part}/${epochs}`;
}

function countsOf(runs: readonly LiveRun[], total: number): string {
  const states = ['complete', 'running', 'paused', 'stopped', 'failed', 'skipped'] as const;
  const counts = states.map((state) => [runs.filter((run) => run.state === state).length, state]);
  const said = counts.filter(([count]) => (count as number) > 0).map((each) => each.join(' '));
  return `${said.join(', ') || 'nothing begun'}, of ${total}`;
}

function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds} s`;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}
