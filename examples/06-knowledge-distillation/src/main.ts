import { runProgram } from '@mnet/cli';
import { command, type Config } from './config.ts';
import { runExperiment } from './experiment.ts';

await runProgram(
  command().action((config: Config) => runExperiment(config)),
  process.argv,
);
