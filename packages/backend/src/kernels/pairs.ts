import { util } from '@tensorflow/tfjs-core';
import { type Paired, pairMode } from '../generated/commands.ts';

/** How two operands go together, in the words of a command. */
export interface Pairing extends Omit<Paired, 'a' | 'b' | 'out' | 'operation'> {
  /** Of the result. */
  readonly shape: number[];
  /** How many there are of `inner` numbers. */
  readonly rows: number;
}

/** Axes, one or several that lie side by side, along which the same operand repeats, or neither. */
interface Axes {
  size: number;
  readonly repeats: 'a' | 'b' | undefined;
}

const modes = { a: pairMode.singleA, b: pairMode.singleB, neither: pairMode.same };

/**
 * How operands of these shapes go together by the rules of broadcasting.
 *
 * @returns undefined where they do not, and where axes that repeat and others alternate more often than a command can say
 */
export function pairingOf(a: readonly number[], b: readonly number[]): Pairing | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  const groups: Axes[] = [];
  for (let i = 0; i < rank; i++) {
    const m = a[i - rank + a.length] ?? 1;
    const n = b[i - rank + b.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1) return undefined;
    const size = Math.max(m, n);
    shape.push(size);
    if (size === 1) continue;
    const repeats = m === n ? undefined : m === 1 ? 'a' : 'b';
    const last = groups.at(-1);
    if (last && last.repeats === repeats) last.size *= size;
    else groups.push({ size, repeats });
  }
  if (groups.length > 4) return undefined;
  const { size: inner, repeats } = groups.pop() ?? { size: 1, repeats: undefined };
  const none: Axes = { size: 1, repeats: undefined };
  const [third = none, second = none, first = none] = groups.toReversed();
  const stepsOf = (operand: 'a' | 'b') => {
    let below = repeats === operand ? 1 : inner;
    return [third, second, first].map((axes) => {
      if (axes.repeats === operand) return 0;
      const step = below;
      below *= axes.size;
      return step;
    }) as [number, number, number];
  };
  const [ofA, ofB] = [stepsOf('a'), stepsOf('b')];
  return {
    shape,
    rows: first.size * second.size * third.size,
    count: util.sizeFromShape(shape),
    inner,
    mode: modes[repeats ?? 'neither'],
    second: second.size,
    third: third.size,
    aFirst: ofA[2],
    aSecond: ofA[1],
    aThird: ofA[0],
    bFirst: ofB[2],
    bSecond: ofB[1],
    bThird: ofB[0],
  };
}
