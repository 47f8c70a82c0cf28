import { show } from '@mnet/core/check';
import { type Resolved, resolve } from '@mnet/core/options';
import type { Architecture } from '../architecture/architecture.ts';
import { restride } from '../architecture/scale.ts';
import type { Network } from './network.ts';
import {
  type AnyOptions,
  type architectureOptions,
  type Strides,
  type TableOptions,
  tableOptions,
} from './table-options.ts';

/**
 * The table of a network after its options.
 *
 * @param where names the options in errors
 * @throws if an option is not one of the network's
 */
export function tableOf<Own extends AnyOptions>(
  network: Network<Own>,
  given: TableOptions<Own>,
  where: string,
): Architecture {
  const wanted = resolve(tableOptions(network.options), given, where) as Resolved<
    typeof architectureOptions
  > &
    Resolved<Own>;
  const { strides = 'paper' } = wanted;
  const table = network.scaled(withNamed(network, strides), wanted);
  return typeof strides === 'string' ? table : withEach(table, strides);
}

function withNamed({ architecture, cifar }: Network, strides: Strides): Architecture {
  if (strides === 'cifar') return restride(architecture, cifar.stem, cifar.strides);
  return strides === 'stem1' ? restride(architecture, { stride: 1 }) : architecture;
}

function withEach(table: Architecture, strides: readonly number[]): Architecture {
  const count = table.blocks.length + 1;
  if (strides.length !== count) {
    throw new TypeError(
      `strides: got ${show(strides)}, takes ${count} integers for ${table.name}: the stem's and one for each row of its table`,
    );
  }
  const [stem, ...rows] = strides as [number, ...number[]];
  return restride(table, { stride: stem }, Object.fromEntries(rows.map((s, i) => [i + 1, s])));
}
