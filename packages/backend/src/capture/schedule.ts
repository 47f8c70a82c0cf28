import { HEAD_WORDS, MOST_AHEAD } from '../generated/commands.ts';
import type { Launch, NamedBlock } from './launch.ts';

/** Where a command says into how many chunks it is cut, and how many right before it it does not depend on. */
const [CHUNKS, INDEPENDENT] = [HEAD_WORDS - 2, HEAD_WORDS - 1];

/** How many places a command may move at most: what it reads should be in a cache still. */
const WINDOW = 8;

/**
 * Orders the commands of a record so that threads wait little for each other, and says in each how many right before it need not
 * be finished when it begins (kernels/queue.h). Of two that depend on each other none passes the other, so no bit changes.
 */
export function schedule(launches: readonly Launch[]): Int32Array[] {
  const ordered = inOrder(launches);
  return ordered.map((launch, i) => {
    const words = launch.words.slice();
    words[INDEPENDENT] = independentBefore(ordered, i);
    return words;
  });
}

function independentBefore(ordered: readonly Launch[], i: number): number {
  const [launch] = ordered.slice(i) as [Launch];
  let count = 0;
  while (
    count < Math.min(MOST_AHEAD, i) &&
    areIndependent(launch, ordered[i - 1 - count] as Launch)
  )
    count++;
  return count;
}

/**
 * Behind each command of one chunk, which keeps one thread busy, comes what the others can do meanwhile: commands whose result
 * nothing near needs, mostly gradients of filters, are put off until then; else one that follows is drawn forward.
 */
function inOrder(launches: readonly Launch[]): Launch[] {
  const puttable = canBePutOff(launches);
  const ordered: Launch[] = [];
  const put = new Set<number>();
  /** Those put off, in their order. */
  let off: number[] = [];
  const add = (numbers: readonly number[]): void => {
    for (const i of numbers) {
      ordered.push(launches[i] as Launch);
      put.add(i);
    }
  };
  const addOff = (count = off.length): void => {
    add(off.slice(0, count));
    off = off.slice(count);
  };
  launches.forEach((launch, i) => {
    if (put.has(i)) return;
    if ((off[0] ?? i) < i - WINDOW) addOff();
    if (puttable[i]) {
      off.push(i);
      return;
    }
    addOff(1 + off.findLastIndex((j) => !areIndependent(launches[j] as Launch, launch)));
    add([i]);
    if (launch.words[CHUNKS] !== 1) return;
    if (off.length > 0) addOff();
    else add(drawn(launches, i, put));
  });
  addOff();
  return ordered;
}

/**
 * Whether what a command computes is needed by none of the next ones, or by such a one alone: slices of a filter's gradient are,
 * by what sums them.
 */
function canBePutOff(launches: readonly Launch[]): boolean[] {
  /** Of each, how many commands follow in which each reads what one before it has written. */
  const followers: number[] = [];
  for (let i = launches.length - 1; i >= 0; i--) {
    followers[i] = 0;
    launches.slice(i + 1, i + 1 + WINDOW).forEach((other, j) => {
      if (!reads(other, launches[i] as Launch)) return;
      followers[i] = Math.max(followers[i] as number, 1 + (followers[i + 1 + j] as number));
    });
  }
  return followers.map((count) => count <= 1);
}

/** The next command that depends on none from `i` on to it, if it is near and not there yet. */
function drawn(launches: readonly Launch[], i: number, put: ReadonlySet<number>): number[] {
  for (let j = i + 1; j < Math.min(launches.length, i + 1 + WINDOW); j++) {
    if (put.has(j)) continue;
    const between = launches.slice(i, j).filter((_, k) => k === 0 || !put.has(i + k));
    if (between.every((other) => areIndependent(launches[j] as Launch, other))) return [j];
  }
  return [];
}

/** Whether two commands compute the same in either order, and at once: none writes what the other reads or writes. */
function areIndependent(a: Launch, b: Launch): boolean {
  return !(a.unknown || b.unknown || overlap(a.writes, b.writes) || reads(a, b) || reads(b, a));
}

/** Whether one reads what another writes. */
function reads(one: Launch, other: Launch): boolean {
  return overlap(one.reads, other.writes);
}

/** Blocks that were taken one after the other may share memory. */
function overlap(some: readonly NamedBlock[], others: readonly NamedBlock[]): boolean {
  return some.some(({ range: [start, end] }) =>
    others.some(({ range: [from, to] }) => start < to && from < end),
  );
}
