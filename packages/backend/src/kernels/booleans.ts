import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { comparison } from '../generated/commands.ts';
import { pairingOf } from './pairs.ts';
import { streamChunks } from './plan.ts';
import type { Kernel } from './kernel.ts';

const { less, lessEqual, equal } = comparison;

/** @param turned whether it is a comparison of b with a */
function compare(operation: number, turned = false): Kernel {
  return ({ inputs, backend }) => {
    const { a, b } = inputs as Record<'a' | 'b', TensorInfo>;
    const whole = a.dtype === 'int32';
    if (a.dtype !== b.dtype || (a.dtype !== 'float32' && !whole)) return undefined;
    const [first, second] = turned ? [b, a] : [a, b];
    const pairing = pairingOf(first.shape, second.shape);
    if (!pairing) return undefined;
    const { shape, rows, ...places } = pairing;
    const size = util.sizeFromShape(shape);
    const out = backend.output(shape, 'bool');
    const most = rows > 1 ? rows : Math.ceil(size / 16);
    backend.device.launch('compare', streamChunks(5 * size, most), {
      a: backend.address(first),
      b: backend.address(second),
      out: backend.address(out),
      ...places,
      operation,
      whole,
    });
    return out;
  };
}

const logicalAnd: Kernel = ({ inputs, backend }) => {
  const { a, b } = inputs as Record<'a' | 'b', TensorInfo>;
  const size = util.sizeFromShape(a.shape);
  if (a.dtype !== 'bool' || b.dtype !== 'bool' || a.shape.join() !== b.shape.join())
    return undefined;
  const out = backend.output(a.shape, 'bool');
  backend.device.launch('logicalAnd', streamChunks(3 * size, Math.ceil(size / 16)), {
    a: backend.address(a),
    b: backend.address(b),
    out: backend.address(out),
    count: size,
  });
  return out;
};

const select: Kernel = ({ inputs, backend }) => {
  const { condition, t, e } = inputs as Record<'condition' | 't' | 'e', TensorInfo>;
  const size = util.sizeFromShape(t.shape);
  const shape = t.shape.join();
  if (condition.dtype !== 'bool' || t.dtype !== 'float32' || e.dtype !== 'float32')
    return undefined;
  if (condition.shape.join() !== shape || e.shape.join() !== shape) return undefined;
  const out = backend.output(t.shape);
  backend.device.launch('choose', streamChunks(13 * size, Math.ceil(size / 4)), {
    condition: backend.address(condition),
    yes: backend.address(t),
    no: backend.address(e),
    count: size,
    out: backend.address(out),
  });
  return out;
};

export const booleanKernels: Record<string, Kernel> = {
  Less: compare(less),
  LessEqual: compare(lessEqual),
  Greater: compare(less, true),
  GreaterEqual: compare(lessEqual, true),
  Equal: compare(equal),
  LogicalAnd: logicalAnd,
  Select: select,
};
