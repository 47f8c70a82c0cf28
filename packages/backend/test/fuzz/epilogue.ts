import fc from 'fast-check';
import type { Plain } from '../compare.ts';
import { plain } from './support.ts';

/** Shapes of a bias or a slope by the axes of an output [batch, height, width, channels] that they have. */
function broadcastable(kind: string, shape: number[]): number[] | undefined {
  const [height = 1, width = 1, channels = 1] = shape.slice(-3);
  switch (kind) {
    case 'row':
      return [channels];
    case 'long row':
      return shape.map((n, i) => (i === shape.length - 1 ? n : 1));
    case 'scalar':
      return [];
    case 'one':
      return [1];
    case 'width':
      return [width, 1];
    case 'height':
      return [height, 1, 1];
    case 'whole':
      return shape;
    case 'wrong':
      return [channels + 2];
    default:
      return undefined;
  }
}

interface Epilogue {
  bias: string;
  slope: string;
  /** Whether the bias is of integers. */
  int: boolean;
  activation: string;
}

/** Bias and activation of a fused call. */
export const epilogue: fc.Arbitrary<Epilogue> = fc.record({
  bias: fc.constantFrom(
    'none',
    'row',
    'long row',
    'scalar',
    'one',
    'width',
    'height',
    'whole',
    'wrong',
  ),
  slope: fc.constantFrom('row', 'scalar', 'one', 'width', 'height', 'wrong'),
  int: fc.nat(9).map((n) => n === 0),
  activation: fc.constantFrom(
    'linear',
    'relu',
    'relu6',
    'elu',
    'sigmoid',
    'leakyrelu',
    'prelu',
    'unknown',
  ),
});

/** The inputs and attributes that an epilogue adds to a call whose output has such a shape. */
export function epilogueOf(
  { bias, slope, int, activation }: Epilogue,
  shape: number[],
  from: number,
): { inputs: Record<string, Plain>; attrs: Record<string, unknown> } {
  const inputs: Record<string, Plain> = {};
  const row = broadcastable(bias, shape);
  if (row) inputs.bias = { ...plain(row, from), ...(int ? { dtype: 'int32' } : {}) };
  if (activation === 'prelu')
    inputs.preluActivationWeights = plain(broadcastable(slope, shape) as number[], from + 1);
  return { inputs, attrs: { activation, leakyreluAlpha: 0.2 } };
}
