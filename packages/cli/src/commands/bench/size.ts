import { measureSize, type SizeResult } from '@mnet/bench';
import type { Command } from 'commander';
import { useBackend } from '../../flags/backend.ts';
import { addOutputFlags, type OutputFlags } from '../../flags/output.ts';
import { measuredCommand, type MeasuredFlags, measuredNetworks } from '../measured-network.ts';
import { showResults, toldOf } from './measure-all.ts';

interface Flags extends MeasuredFlags, OutputFlags {}

/** `mnet bench size` */
export function sizeCommand(): Command {
  const command = measuredCommand('size').description(
    'Bytes of networks on disk: in float32, with kernels in float16 and uint8, and each with gzip.',
  );
  return addOutputFlags(command).action(async (flags: Flags) => {
    await useBackend('cpu');
    const results: SizeResult[] = [];
    for (const network of measuredNetworks(flags)) {
      const model = await network.make();
      results.push(toldOf(command, await measureSize(model, network.name), network));
      model.dispose();
    }
    await showResults(command, results, flags.json);
  });
}
