import { boolean, optional, options, type Resolved } from '@mnet/core/options';
import { modelCost } from '@mnet/models';
import type { Command } from 'commander';
import { addFlags } from '../flags/flag.ts';
import { addOutputFlags, type OutputFlags } from '../flags/output.ts';
import { useBackend } from '../flags/backend.ts';
import { textTable } from '../program/text-table.ts';
import { writeJson } from '../program/write-json.ts';
import { measuredCommand, type MeasuredFlags, measuredNetwork } from './measured-network.ts';

const costOptions = options({
  /** Whether layers are told singly too, default false. */
  layers: optional(boolean(), false),
});

interface Flags extends MeasuredFlags, OutputFlags, Resolved<typeof costOptions> {}

/** `mnet cost`, and `mnet bench cost` */
export function costCommand(): Command {
  const command = measuredCommand('cost').description(
    'Parameters, multiply-adds (of convolutions and dense layers) and bytes of a network.',
  );
  addFlags(command, costOptions, {
    layers: ['--layers', 'one row for each layer that has a cost, too'],
  });
  return addOutputFlags(command).action(showCost);
}

async function showCost(flags: Flags): Promise<void> {
  await useBackend('cpu');
  const network = await measuredNetwork(flags);
  const cost = modelCost(network.model);
  if (flags.json !== undefined) {
    const { layers, ...sums } = cost;
    const rows = flags.layers ? { layers } : {};
    return writeJson(flags.json, { model: network.name, ...network.flags, ...sums, ...rows });
  }
  const count = (n: number | null): string => n?.toLocaleString('en') ?? '–';
  const rows = flags.layers
    ? cost.layers
        .filter((layer) => layer.params > 0 || layer.macs !== 0)
        .map((layer) => [layer.name, count(layer.params), count(layer.macs)])
    : [];
  console.log(
    textTable([
      [network.title, 'parameters', 'MACs'],
      ...rows,
      ['total', count(cost.params), count(cost.macs)],
    ]),
  );
  console.log(
    `not trained: ${count(cost.nonTrainableParams)} numbers; all weights: ${count(cost.bytes)} bytes`,
  );
  for (const { name, className, reason } of cost.uncounted) {
    console.log(`not counted: the MACs of ${name} (${className}): ${reason}`);
  }
}
