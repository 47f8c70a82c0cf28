import { experimentCommand, runProgram } from '@mnet/cli';
import { experiment } from './experiment.ts';
import { runSeeds, seedsIn } from './seeds.ts';

const seeds = seedsIn(process.argv.slice(2));
if (seeds) process.exitCode = await runSeeds(seeds);
else await runProgram(experimentCommand(experiment), process.argv);
