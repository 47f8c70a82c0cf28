import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { MnetBackend } from '../backend.ts';
import { writable } from './in-place.ts';
import type { Kernel } from './kernel.ts';

/** Floats a chunk, and bytes of a row of the table (assembly/optimizers.ts). */
const RUN = 16384;
const ROW = 32;

/** Writes the table of variables, runs `use` on its address, its rows and the chunks of all. */
function withTable(
  backend: MnetBackend,
  variables: readonly Variable[],
  gradients: readonly Tensor[],
  states: readonly (readonly Variable[])[],
  decays: readonly number[],
  use: (table: number, rows: number, chunks: number) => void,
): void {
  // A copy before a write may take memory and so move the buffer: all addresses first, then the table.
  const rows = variables.flatMap((variable, i) =>
    // A variable without elements has nothing to update.
    variable.size === 0
      ? []
      : {
          addresses: [
            writable(backend, variable),
            backend.address(gradients[i] as Tensor),
            ...states.map((list) => writable(backend, list[i] as Variable)),
          ],
          size: variable.size,
          decay: decays[i] as number,
        },
  );
  if (rows.length === 0) return;
  const table = backend.allocate(rows.length * ROW, 'the table of an optimizer');
  const words = new Uint32Array(backend.runtime.bytes, table, (rows.length * ROW) / 4);
  const floats = new Float32Array(words.buffer, table, words.length);
  let chunk = 0;
  rows.forEach(({ addresses, size, decay }, i) => {
    const at = (i * ROW) / 4;
    words.fill(0, at, at + ROW / 4);
    words.set(addresses, at);
    words[at + 4] = size;
    floats[at + 5] = decay;
    words[at + 6] = chunk;
    chunk += Math.ceil(size / RUN);
  });
  use(table, rows.length, chunk);
}

interface Lists {
  variables: readonly Variable[];
  gradients: readonly Tensor[];
  decays: readonly number[];
}

const sgd: Kernel = ({ attrs, backend }) => {
  const { variables, gradients, velocities, decays, learningRate, momentum, nesterov } =
    attrs as unknown as Lists & {
      velocities: readonly Variable[];
      learningRate: number;
      momentum: number;
      nesterov: boolean;
    };
  const states = velocities.length > 0 ? [velocities] : [];
  withTable(backend, variables, gradients, states, decays, (table, rows, chunks) => {
    const words = [table, rows, { float: learningRate }, { float: momentum }, nesterov ? 1 : 0];
    backend.runtime.launch('sgd', chunks, words);
  });
  return [];
};

const adam: Kernel = ({ attrs, backend }) => {
  const a = attrs as unknown as Lists &
    Record<'firstMoments' | 'secondMoments', readonly Variable[]> &
    Record<
      'learningRate' | 'beta1' | 'beta2' | 'epsilon' | 'correction1' | 'correction2',
      number
    > & {
      decoupled: boolean;
    };
  const states = [a.firstMoments, a.secondMoments];
  withTable(backend, a.variables, a.gradients, states, a.decays, (table, rows, chunks) => {
    backend.runtime.launch('adam', chunks, [
      table,
      rows,
      { float: a.learningRate },
      { float: a.beta1 },
      { float: a.beta2 },
      { float: a.epsilon },
      { float: 1 / a.correction1 },
      { float: 1 / Math.sqrt(a.correction2) },
      a.decoupled ? 1 : 0,
    ]);
  });
  return [];
};

export const optimizerKernels: Record<string, Kernel> = { SgdStep: sgd, AdamStep: adam };
