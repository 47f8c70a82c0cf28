import { experimentCommand, runProgram } from '@mnet/cli';
import { experiment } from './experiment.ts';

await runProgram(experimentCommand(experiment), process.argv);
