import type { Command } from 'commander';
import { modelCost } from '@mnet/models';
import { writeWholeSync } from '@mnet/core/files';
import { useBackend } from './backends.ts';
import { networkCommand, type NetworkFlags, networkOf } from './network-flags.ts';
import { textTable } from './table.ts';

interface Flags extends NetworkFlags {
  layers: boolean;
  json?: string;
}

/** `mnet-bench cost` */
export function costCommand(): Command {
  return networkCommand('cost')
    .description(
      'Parameters, multiply-adds (of convolutions and dense layers) and bytes of a network.',
    )
    .option('--layers', 'one row for each layer that has a cost, too', false)
    .option('--json <file>', 'write one JSON object to this file instead of a table (- is stdout)')
    .action(async (flags: Flags) => {
      await useBackend('cpu');
      const network = await networkOf(flags);
      const cost = modelCost(network.model);
      const { json } = flags;
      if (json !== undefined) {
        const { layers, ...sums } = cost;
        const rows = flags.layers ? { layers } : {};
        const text = `${JSON.stringify({ model: network.name, ...network.flags, ...sums, ...rows })}\n`;
        if (json === '-') process.stdout.write(text);
        else writeWholeSync(json, text);
        return;
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
    });
}
