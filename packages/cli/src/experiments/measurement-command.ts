import { join } from 'node:path';
import { writePage } from '@mnet/bench';
import { writeWhole } from '@mnet/core/files';
import { runPaths } from '@mnet/train';
import { Command } from 'commander';
import { addConfigFlag, decided } from '../flags/config-file.ts';
import { addFlags } from '../flags/flag.ts';
import { addOutputFlags, type OutputFlags } from '../flags/output.ts';
import { addResultFlags, type ResultFlags, resultFolder } from '../flags/runs.ts';
import { interruptSignal } from '../program/interrupt.ts';
import { version } from '../program/version.ts';
import { writeJson } from '../program/write-json.ts';
import { addCheckFlag, onlyChecks } from './check-flag.ts';
import type { Measurement } from './measurement.ts';

/** The command line of a measurement. Every key of its configuration is a flag. */
export function measurementCommand<Own>({
  name,
  description,
  own,
  measure,
}: Measurement<Own>): Command {
  const command = new Command(name).description(
    `${description} Writes RUNS/NAME/{results.json, report.html, flags.json}.`,
  );
  addFlags(command, own.declared, own.flags);
  addCheckFlag(addConfigFlag(addOutputFlags(addResultFlags(command, name))));
  return command
    .version(version, '-V, --version', 'print the version of the packages')
    .helpOption('-h, --help', 'explain every flag')
    .action(async (flags: Own & ResultFlags & OutputFlags) => {
      if (onlyChecks(command)) return;
      const dir = resultFolder(flags, 'results.json');
      const file = join(dir, 'results.json');
      const keep = (results: object): Promise<void> => writeJson(file, results);
      const { results, text, page } = await measure(flags, { signal: interruptSignal(), keep });
      await keep(results);
      const config = decided(command, ['overwrite', 'json']);
      await writeWhole(join(dir, 'flags.json'), `${JSON.stringify(config, null, 2)}\n`);
      writePage(runPaths(dir).report, page);
      if (flags.json !== undefined) return writeJson(flags.json, results);
      console.log(`${text}\n\nresults: ${file}\nreport:  ${runPaths(dir).report}`);
    });
}
