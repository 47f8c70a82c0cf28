import { modelCost } from '@mnet/models';
import { writeWhole } from '../write-whole.ts';
import { useBackend } from './backends.ts';
import { networkCommand, networkOf } from './network-flags.ts';
import { textTable } from './table.ts';

/** `mnet-bench cost` */
export function costCommand() {
  return networkCommand('cost')
    .description(
      'Parameters, multiply-adds (of convolutions and dense layers) and bytes of a network.',
    )
    .option('--layers', 'one row for each layer that has a cost, too', false)
    .option('--json <file>', 'write one JSON object to this file instead of a table (- is stdout)')
    .action(async (flags) => {
      await useBackend('cpu');
      const { params, nonTrainableParams, macs, bytes, layers } = modelCost(networkOf(flags));
      if (flags.json !== undefined) {
        const { model, width, classes, size, stem } = flags;
        const cost = { params, nonTrainableParams, macs, bytes };
        const rows = flags.layers ? { layers } : {};
        const text = `${JSON.stringify({ model, width, classes, size, stem, ...cost, ...rows })}\n`;
        if (flags.json === '-') process.stdout.write(text);
        else writeWhole(flags.json, text);
        return;
      }
      const count = (n: number): string => n.toLocaleString('en');
      const rows = flags.layers ? layers.map((l) => [l.name, count(l.params), count(l.macs)]) : [];
      console.log(
        textTable([
          [`${flags.model} ×${flags.width}`, 'parameters', 'MACs'],
          ...rows,
          ['total', count(params), count(macs)],
        ]),
      );
      console.log(
        `not trained: ${count(nonTrainableParams)} numbers; float32 weights: ${count(bytes)} bytes`,
      );
    });
}
