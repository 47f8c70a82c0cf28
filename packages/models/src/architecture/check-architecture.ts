import { kernelStarts } from '@mnet/layers';
import { assertActivation } from '@mnet/ops';
import { booleanValue, integerFrom, knownOptions, numberIn, oneOf, show } from '@mnet/core/check';
import type { Architecture, BatchNormSpec } from './architecture.ts';

const blocks = ['conv', 'separable', 'inverted', 'basic'] as const;
const rowKeys = ['block', 'filters', 'kernel', 'stride', 'repeat', 'activation'] as const;

/** Throws an error that names the entry of the table that is wrong. */
export function checkArchitecture(architecture: Architecture): void {
  const keys = ['name', 'stem', 'blocks', 'head', 'activation', 'start', 'batchNorm'];
  knownOptions(architecture, keys, 'architecture');
  const { name, stem, head = {}, activation, start, batchNorm } = architecture;
  if (typeof name !== 'string' || name === '') {
    throw new TypeError(`architecture.name: got ${show(name)}, takes a name`);
  }
  knownOptions(stem, ['filters', 'kernel', 'stride', 'activation', 'pool'], 'architecture.stem');
  window(stem, 'architecture.stem');
  if (stem.pool !== undefined) booleanValue(stem.pool, 'architecture.stem.pool');
  if (!Array.isArray(architecture.blocks)) {
    throw new TypeError(
      `architecture.blocks: got ${show(architecture.blocks)}, takes an array of rows such as { block: 'conv', filters: 32 }`,
    );
  }
  for (const [index, row] of architecture.blocks.entries()) {
    const where = `architecture.blocks[${index}]`;
    knownOptions(row, ['block', ...Object.keys(row ?? {})], where);
    oneOf(row.block, blocks, `${where}.block`);
    const own = row.block === 'inverted' ? ['expansion', 'expanded', 'squeeze'] : [];
    knownOptions(row, [...rowKeys, ...own], where);
    window(row, where);
    if (row.repeat !== undefined) integerFrom(row.repeat, 1, `${where}.repeat`);
    if (row.block !== 'inverted') continue;
    if ((row.expansion === undefined) === (row.expanded === undefined)) {
      throw new TypeError(
        `${where}: got expansion ${row.expansion} and expanded ${row.expanded}, takes exactly one of the two, for example expansion: 6`,
      );
    }
    if (row.expansion !== undefined) numberIn(row.expansion, 1, 1e6, `${where}.expansion`);
    if (row.expanded !== undefined) integerFrom(row.expanded, 1, `${where}.expanded`);
    if (row.squeeze !== undefined) booleanValue(row.squeeze, `${where}.squeeze`);
  }
  knownOptions(head, ['filters', 'units', 'activation', 'start'], 'architecture.head');
  if (head.filters !== undefined) integerFrom(head.filters, 1, 'architecture.head.filters');
  if (head.units !== undefined) integerFrom(head.units, 1, 'architecture.head.units');
  if (head.activation !== undefined) {
    assertActivation(head.activation, 'architecture.head.activation');
  }
  if (head.start !== undefined) {
    oneOf(head.start, ['normal', 'uniform'], 'architecture.head.start');
  }
  if (activation !== undefined) assertActivation(activation, 'architecture.activation');
  if (start !== undefined) oneOf(start, kernelStarts, 'architecture.start');
  if (batchNorm !== undefined) checkBatchNorm(batchNorm, 'architecture.batchNorm');
}

/** Throws an error that names the entry that is wrong. */
export function checkBatchNorm(batchNorm: BatchNormSpec, where: string): void {
  knownOptions(batchNorm, ['epsilon', 'momentum'], where);
  const { epsilon, momentum } = batchNorm;
  if (epsilon !== undefined) numberIn(epsilon, Number.MIN_VALUE, 1, `${where}.epsilon`);
  if (momentum !== undefined) numberIn(momentum, 0, 1, `${where}.momentum`);
}

/** What the stem and every row share. */
function window(
  spec: { filters: unknown; kernel?: unknown; stride?: unknown; activation?: unknown },
  where: string,
): void {
  integerFrom(spec.filters, 1, `${where}.filters`);
  if (spec.kernel !== undefined) integerFrom(spec.kernel, 1, `${where}.kernel`);
  if (spec.stride !== undefined) integerFrom(spec.stride, 1, `${where}.stride`);
  if (spec.activation !== undefined) assertActivation(spec.activation, `${where}.activation`);
}
