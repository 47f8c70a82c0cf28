import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { comparison } from '../generated/commands.ts';
import { streamChunks } from './plan.ts';
import type { Kernel } from './kernel.ts';

const { less, lessEqual, greater, greaterEqual } = comparison;
const codes = { Less: less, LessEqual: lessEqual, Greater: greater, GreaterEqual: greaterEqual };

function compare(code: number): Kernel {
  return ({ inputs, backend }) => {
    const { a, b } = inputs as Record<'a' | 'b', TensorInfo>;
    const size = util.sizeFromShape(a.shape);
    const one = util.sizeFromShape(b.shape) === 1 && b.shape.length <= a.shape.length;
    if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
    if (!one && a.shape.join() !== b.shape.join()) return undefined;
    const out = backend.output(a.shape, 'bool');
    backend.device.launch('compare', streamChunks(5 * size, Math.ceil(size / 16)), {
      a: backend.address(a),
      b: backend.address(b),
      out: backend.address(out),
      count: size,
      single: one,
      operation: code,
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
  ...Object.fromEntries(Object.entries(codes).map(([name, code]) => [name, compare(code)])),
  LogicalAnd: logicalAnd,
  Select: select,
};
