import { type CostResult, measureCost, resultFile } from '@mnet/bench';
import { textTable } from '@mnet/bench/results';
import { boolean, optional, options, type Resolved } from '@mnet/core/options';
import { type ModelCost, modelCost } from '@mnet/models';
import type { Command } from 'commander';
import { addFlags } from '../flags/flag.ts';
import { addOutputFlags, type OutputFlags } from '../flags/output.ts';
import { useBackend } from '../flags/backend.ts';
import { writeJson } from '../program/write-json.ts';
import { toldOf } from './bench/measure-all.ts';
import {
  measuredCommand,
  type MeasuredFlags,
  type MeasuredNetwork,
  measuredNetworks,
} from './measured-network.ts';

const costOptions = options({
  /** Whether layers are told singly too, default false. */
  layers: optional(boolean(), false),
});

interface Flags extends MeasuredFlags, OutputFlags, Resolved<typeof costOptions> {}

/** `mnet cost`, and `mnet bench cost` */
export function costCommand(): Command {
  const command = measuredCommand('cost').description(
    'Parameters, multiply-adds (of convolutions and dense layers) and bytes of networks.',
  );
  addFlags(command, costOptions, {
    layers: ['--layers', 'one row for each layer that has a cost, too'],
  });
  return addOutputFlags(command).action((flags: Flags) => showCost(flags, command));
}

async function showCost(flags: Flags, command: Command): Promise<void> {
  await useBackend('cpu');
  const results: (CostResult & Partial<ModelCost>)[] = [];
  const texts: string[] = [];
  for (const network of measuredNetworks(flags)) {
    const model = await network.make();
    const cost = modelCost(model);
    const { layers, macs, uncounted } = cost;
    const result = toldOf(command, measureCost(model, network.name), network);
    // Of what can be counted; `uncounted` says what is missing.
    results.push({ ...result, macs, uncounted, ...(flags.layers && { layers }) });
    texts.push(costText(cost, network, flags));
    model.dispose();
  }
  if (flags.json !== undefined) return writeJson(flags.json, resultFile(results));
  console.log(texts.join('\n\n'));
}

function costText(cost: ModelCost, { title }: MeasuredNetwork, flags: Flags): string {
  const count = (n: number | null): string => n?.toLocaleString('en') ?? '–';
  const rows = flags.layers
    ? cost.layers
        .filter((layer) => layer.params > 0 || layer.macs !== 0)
        .map((layer) => [layer.name, count(layer.params), count(layer.macs)])
    : [];
  return [
    textTable([
      [title, 'parameters', 'MACs'],
      ...rows,
      ['total', count(cost.params), count(cost.macs)],
    ]),
    `not trained: ${count(cost.nonTrainableParams)} numbers; all weights: ${count(cost.bytes)} bytes`,
    ...cost.uncounted.map(
      ({ name, className, reason }) => `not counted: the MACs of ${name} (${className}): ${reason}`,
    ),
  ].join('\n');
}
