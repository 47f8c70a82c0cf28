import { oneOf, show } from '@mnet/core/check';
import { resolveArchitecture } from '../architecture/architecture.ts';
import type { Network } from '../networks/network.ts';
import type { PretrainedWeights } from '../networks/pretrained-weights.ts';
import { tableOf } from '../networks/table.ts';
import type { AnyOptions, TableOptions } from '../networks/table-options.ts';

/** Weights, their name, and the options for the network that they are of. */
export interface ChosenWeights<Own extends AnyOptions> {
  readonly source: string;
  readonly weights: PretrainedWeights<Own>;
  readonly shaping: TableOptions<Own>;
}

/**
 * The weights for a network with such options: those of the given name, else the first that fit. Options that were left
 * out follow the weights.
 *
 * @param where names the options in errors
 * @throws if there are none, naming those there are
 */
export function chooseWeights<Own extends AnyOptions>(
  network: Network<Own>,
  given: TableOptions<Own>,
  source: string | undefined,
  where: string,
): ChosenWeights<Own> {
  const { name } = network.architecture;
  const known = Object.entries(network.pretrained);
  if (known.length === 0) {
    throw new TypeError(`pretrained: there are no trained weights of ${name}`);
  }
  if (source !== undefined) oneOf(source, Object.keys(network.pretrained), 'pretrained.source');
  // Compared as tables, so that an option that changes nothing, such as V2's scaleHead at width 1, is no hindrance.
  const tableText = (options: TableOptions<Own>): string =>
    JSON.stringify(resolveArchitecture(tableOf(network, options, where)));
  for (const [each, weights] of known) {
    const own = { strides: 'paper', ...weights.options } as TableOptions<Own>;
    const shaping = { ...own, ...given };
    const asked = source === undefined || source === each;
    if (asked && tableText(shaping) === tableText(own)) return { source: each, weights, shaping };
  }
  const which = source === undefined ? name : `'${source}'`;
  const there = known.map(([each, weights]) => `'${each}' (${optionsText(weights.options)})`);
  throw new TypeError(
    `pretrained: there are no weights of ${which} for ${optionsText(given)}; there are ${there.join(', ')}`,
  );
}

/** As they are written, with the two that decide most. */
function optionsText(options: object = {}): string {
  return Object.entries({ width: 1, strides: 'paper', ...options })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}: ${show(value)}`)
    .join(', ');
}
