import {
  add,
  clone,
  engine,
  scalar,
  type Scalar,
  Tensor,
  tidy,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { knownOptions, show } from '@mnet/core/check';
import { recordsTape } from './kernel.ts';

/** What tfjs-core's engine notes of one kernel call while a tape runs. */
interface TapeNode {
  id: number;
  kernelName: string;
  inputs: Record<string, Tensor>;
  outputs: Tensor[];
  saved?: Tensor[];
  gradient?: (dys: (Tensor | undefined)[]) => Record<string, () => Tensor>;
}

/** The engine's tape and its count of tensors, which its public types leave out. */
interface TapeEngine {
  state: { activeTape: TapeNode[] | null };
  /** Takes the next id: what is made from now on has a higher one. */
  nextTensorId(): number;
  startTape(): void;
  endTape(): void;
}

/**
 * Value of a loss and its gradients by variables, as tf.variableGrads gives them, in far less memory: the tensors
 * that a kernel kept for its way back, and the gradients of its outputs, are disposed of as soon as it has been
 * passed, not at the end. A step's peak is then the forward pass's, and what is freed is still in the cache when
 * it is taken again.
 *
 * @param loss computes a scalar from the variables; what it allocates is disposed of
 * @param variables all take part in the loss, unless `allowUnreached`
 * @param options.allowUnreached gives null for a variable that no gradient reaches, instead of an error
 * @returns the value and one gradient for each variable, in their order; the caller disposes of them.
 * @throws if the loss is not a scalar, or no gradient reaches a variable (the error names it).
 */
export function valueAndGradients(
  loss: () => Scalar,
  variables: readonly Variable[],
  options?: { allowUnreached?: false },
): { value: Scalar; gradients: Tensor[] };
export function valueAndGradients(
  loss: () => Scalar,
  variables: readonly Variable[],
  options: { allowUnreached: boolean },
): { value: Scalar; gradients: (Tensor | null)[] };
export function valueAndGradients(
  loss: () => Scalar,
  variables: readonly Variable[],
  options: { allowUnreached?: boolean } = {},
): { value: Scalar; gradients: (Tensor | null)[] } {
  knownOptions(options, ['allowUnreached'], 'valueAndGradients options');
  const { allowUnreached = false } = options;
  const tape = tapeEngine();
  if (recordsTape()) return nested(loss, variables, allowUnreached);
  try {
    let result: { value: Scalar; gradients: (Tensor | null)[] } | undefined;
    tidy(() => {
      tape.startTape();
      let value: Scalar;
      try {
        value = tidy('forward', () => valueOf(loss));
      } finally {
        tape.endTape();
      }
      const nodes = tape.state.activeTape ?? [];
      const gradients = backward(nodes, value, variables, allowUnreached);
      result = { value, gradients };
      return [value, ...gradients.filter((g) => g !== null)];
    });
    return result as unknown as { value: Scalar; gradients: (Tensor | null)[] };
  } finally {
    for (const node of tape.state.activeTape ?? []) release(node);
    tape.state.activeTape = null;
  }
}

function tapeEngine(): TapeEngine {
  return engine() as unknown as TapeEngine;
}

/** What a loss gives, which must be a scalar; the caller's to dispose of. */
function valueOf(loss: () => Scalar): Scalar {
  const before = tapeEngine().nextTensorId();
  const value: unknown = loss();
  if (value instanceof Tensor && value.rank === 0) {
    // What was there before, such as a variable, or is kept is its owner's.
    return (value.id < before || value.kept ? clone(value) : value) as Scalar;
  }
  const got =
    value instanceof Tensor ? `a tensor of shape [${value.shape.join(', ')}]` : show(value);
  throw new TypeError(`loss: got one that returns ${got}, takes a function that returns a scalar`);
}

/** Inside of another gradient the tape is shared, and nothing of it may be freed early. */
function nested(
  loss: () => Scalar,
  variables: readonly Variable[],
  allowUnreached: boolean,
): { value: Scalar; gradients: (Tensor | null)[] } {
  const { value, grads } = variableGrads(() => valueOf(loss), [...variables]);
  const gradients = variables.map((v) => grads[v.name] ?? unreached(v, allowUnreached));
  return { value, gradients };
}

function backward(
  tape: TapeNode[],
  value: Tensor,
  variables: readonly Variable[],
  allowUnreached: boolean,
): (Tensor | null)[] {
  const { nodes, reached } = connected(tape, value, variables);
  for (const node of tape) if (!nodes.has(node)) release(node);
  const gradients = new Map<number, Tensor>([[value.id, scalar(1)]]);
  for (const node of tape.toReversed()) {
    if (!nodes.has(node)) continue;
    step(node, gradients, reached);
    release(node);
  }
  return variables.map((v) => gradients.get(v.id) ?? unreached(v, allowUnreached));
}

/** Passes one kernel on the way back: from the gradients of its outputs to those of its inputs. */
function step(node: TapeNode, gradients: Map<number, Tensor>, reached: Set<number>): void {
  const dys = node.outputs.map((output) => gradients.get(output.id));
  if (!node.gradient) {
    throw new Error(
      `'${node.kernelName}' has no gradient: keep it out of what the loss depends on`,
    );
  }
  const before = tapeEngine().nextTensorId();
  const thunks = node.gradient(dys);
  const passed = new Set<Tensor>();
  for (const [name, input] of Object.entries(node.inputs)) {
    if (!reached.has(input.id)) continue;
    const thunk = thunks[name];
    if (!thunk) throw new Error(`'${node.kernelName}' has no gradient by its input '${name}'`);
    let dx = tidy(() => thunk());
    if (dx.shape.join() !== input.shape.join()) {
      throw new Error(
        `'${node.kernelName}': the gradient by '${name}' has shape [${dx.shape.join(', ')}], the input [${input.shape.join(', ')}]`,
      );
    }
    // Each holder needs its own to dispose of: not one object for two inputs, nor what was there before (a dy handed
    // through, a saved tensor, a constant) or is kept.
    if (passed.has(dx) || dx.id < before || dx.kept) dx = clone(dx);
    passed.add(dx);
    const sum = gradients.get(input.id);
    if (sum) {
      gradients.set(input.id, add(sum, dx));
      sum.dispose();
      dx.dispose();
    } else {
      gradients.set(input.id, dx);
    }
  }
  node.outputs.forEach((output, i) => {
    dys[i]?.dispose();
    gradients.delete(output.id);
  });
}

/** The nodes between the variables and the value, and the ids of all tensors that depend on a variable. */
function connected(
  tape: TapeNode[],
  value: Tensor,
  variables: readonly Variable[],
): { nodes: Set<TapeNode>; reached: Set<number> } {
  const reached = new Set(variables.map((v) => v.id));
  const forward = tape.filter((node) => {
    if (!Object.values(node.inputs).some((input) => reached.has(input.id))) return false;
    for (const output of node.outputs) reached.add(output.id);
    return true;
  });
  const needed = new Set([value.id]);
  const nodes = new Set<TapeNode>();
  for (const node of forward.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output.id))) continue;
    nodes.add(node);
    for (const input of Object.values(node.inputs)) needed.add(input.id);
  }
  return { nodes, reached };
}

function release(node: TapeNode): void {
  for (const tensor of node.saved ?? []) tensor.dispose();
  node.saved = [];
}

function unreached(variable: Variable, allow: boolean): null {
  if (allow) return null;
  throw new Error(
    `no gradient for ${variable.name}: it takes no part in the loss, so leave it out or freeze it`,
  );
}
